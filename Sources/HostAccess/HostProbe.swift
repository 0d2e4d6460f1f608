package import ClusterModel

/// One look at a host: the reconcilers' questions joined into one script, and its answer taken apart again.
///
/// An answer is a line `key word…`. Files, and what commands print, come last and as they are, all in one piece: a process
/// for each would take longer than all else that a look does. What parts them is a word that the machine made at random when
/// it was started; a file that holds it all the same makes the whole unreadable, and never something else.
package enum HostProbe {
    /// The script of a look, from questions that may use these shell functions.
    ///
    /// `file KEY PATH` answers with a file's content, `text KEY WORDS` with a text, `told KEY COMMAND…` with what a
    /// command prints (both without newlines at the end), `exists KEY TEST…` with `yes` or `no`,
    /// `writable KEY ROOT PATH…` with the files that can be neither written nor made; ROOT as `becomesRoot` says.
    /// `programs KEY NAME…` with those that are missing. None of them in a subshell. And those of `WorkMark`.
    package static func script(_ questions: String) -> String {
        "\(Scripts.look.text)\n\(WorkMark.shell)\n\(questions)\n\(closing)\n"
    }

    private static let closing = ShellProgram(Scripts.lookAnswers, ["look_heading": texts]).description

    /// The key of the line that says which texts follow it.
    private static let texts = "look.texts"

    /// Whether a file may be written as root: `yes`, `no`, or `ask` where sudo is declared and only the host knows
    /// whether it is granted. (An account that was itself become by sudo needs no asking.)
    package static func becomesRoot(_ ssh: SSHSpec, as account: String) -> String {
        if ssh.user == "root" { return "yes" }
        guard ssh.sudo else { return "no" }
        return ssh.user == account ? "ask" : "yes"
    }

    /// Every answer by its key; a key may have several.
    package static func answers(_ output: String) -> Answers {
        var answers = Answers()
        answers.add(output)
        return answers
    }

    package struct Answers: Sendable, Equatable {
        private var all: [String: [String]] = [:]
        private var contents: [String: [FileContent]] = [:]

        package init() {}

        /// What one script printed.
        package mutating func add(_ output: String) {
            var rest = output.utf8[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Substring(rest[..<end])
                rest = rest[output.utf8.index(after: end)...]
                let space = line.utf8.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
                let words = space < line.endIndex ? line[line.utf8.index(after: space)...] : ""
                if line[..<space] == HostProbe.texts { return addContents(words, Array(rest)) }
                if !line.isEmpty { all[String(line[..<space]), default: []].append(String(words)) }
            }
        }

        /// Sets the answer to `file`, `text` or `told`.
        package mutating func add(_ key: String, _ content: FileContent) {
            contents[key, default: []].append(content)
        }

        private mutating func addContents(_ words: Substring, _ bytes: [UInt8]) {
            let words = words.split(separator: " ", omittingEmptySubsequences: false)
            let pieces = Self.pieces(of: bytes, endedBy: words.first.map { Array($0.utf8) } ?? [])
            let keys = words.dropFirst()
            let isWhole = pieces.count == keys.count { !$0.hasSuffix(":-") && !$0.hasSuffix(":!") }
            var next = pieces.makeIterator()
            for key in keys {
                let name = String(key.hasSuffix(":-") || key.hasSuffix(":!") ? key.dropLast(2) : key)
                if key.hasSuffix(":-") {
                    add(name, .missing)
                } else if key.hasSuffix(":!") || !isWhole {
                    add(name, .unreadable)
                } else {
                    add(name, next.next().map { .content(String(decoding: $0, as: UTF8.self)) } ?? .unreadable)
                }
            }
        }

        /// Each text ends with the mark and a newline.
        private static func pieces(of bytes: [UInt8], endedBy mark: [UInt8]) -> [ArraySlice<UInt8>] {
            var pieces: [ArraySlice<UInt8>] = []
            guard !mark.isEmpty else { return pieces }
            var begin = 0
            for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
                let end = index - mark.count
                guard end >= begin, bytes[end..<index].elementsEqual(mark) else { continue }
                pieces.append(bytes[begin..<end])
                begin = index + 1
            }
            return pieces
        }

        package func word(_ key: String) -> String? {
            all[key]?.last
        }

        package func words(_ key: String) -> [String] {
            all[key] ?? []
        }

        package func isYes(_ key: String) -> Bool {
            all[key]?.last == "yes"
        }

        /// What `file`, `text` or `told` answered; unreadable where it was not asked.
        package func text(_ key: String) -> FileContent {
            contents[key]?.last ?? .unreadable
        }

        /// Every answer of that kind under one key, in the order of the questions.
        package func texts(_ key: String) -> [FileContent] {
            contents[key] ?? []
        }
    }
}

/// Base64 (RFC 4648), without line breaks.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    /// By byte; 255 for what is no digit.
    private static let values: [UInt8] = (0..<256).map { byte in
        alphabet.firstIndex(of: UInt8(byte)).map { UInt8($0) } ?? 255
    }

    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count / 3 * 4 + 4)
        var rest = bytes[...]
        while !rest.isEmpty {
            let group = Array(rest.prefix(3))
            rest = rest.dropFirst(3)
            let bits = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for place in 0..<4 {
                let shift = 18 - 6 * UInt32(place)
                result.append(place <= group.count ? alphabet[Int(bits >> shift & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Nil for anything that is not base64.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        result.reserveCapacity(text.utf8.count / 4 * 3)
        for byte in text.utf8 where byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\n") {
            let value = values[Int(byte)]
            guard value < 64 else { return nil }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        return result
    }
}
