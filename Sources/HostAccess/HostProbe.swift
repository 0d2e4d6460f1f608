package import ClusterModel

/// One probe of a host: the reconcilers' questions joined into one script, and its answer taken apart again.
///
/// An answer is a line `key word…`. Files, and what commands print, come last and as they are, all in one piece: a process
/// for each would take longer than all else of a probe. They are parted by a word that the machine made at random when it was
/// started. A file that holds it all the same makes the whole unreadable, and never something else.
package enum HostProbe {
    /// The script of a probe, from questions that may use these shell functions.
    ///
    /// - `file KEY PATH` answers with a file's content,
    /// - `text KEY WORDS` with a text,
    /// - `told KEY COMMAND…` with what a command prints (this and a text without newlines at the end),
    /// - `exists KEY TEST…` with `yes` or `no`,
    /// - `writable KEY ROOT PATH…` with the files that can be neither written nor made; ROOT as `becomesRoot` says,
    /// - `programs KEY NAME…` with those that are missing.
    ///
    /// None of them in a subshell.
    package static func script(_ questions: String) -> String {
        "\(Scripts.probe.text)\n\(questions)\n\(closing)\n"
    }

    private static let closing = ShellProgram(Scripts.probeAnswers, ["probe_heading": texts]).description

    /// The key of the line that says which texts follow it.
    private static let texts = "probe.texts"

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

        /// Takes what an earlier probe of the same host answered where this one answers the same: what was made of that text
        /// need not be made again.
        package mutating func reuse(_ earlier: Answers) {
            for (key, new) in contents {
                guard let old = earlier.contents[key], old.count == new.count else { continue }
                contents[key] = zip(old, new).map { $0 == $1 ? $0 : $1 }
            }
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
