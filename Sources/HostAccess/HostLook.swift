package import ClusterModel

/// One look at a host: the reconcilers' questions joined into one script, and its answer taken apart again.
///
/// An answer is a line `key word…` or, for a file, `key base64…`; base64 keeps what a file holds from being read as
/// another answer.
package enum HostLook {
    /// Shell functions that every question may use.
    ///
    /// `file KEY PATH` answers with a file's content, `exists KEY TEST…` with `yes` or `no`,
    /// `writable KEY ROOT PATH…` with the files that can be neither written nor made; ROOT as `becomesRoot` says.
    /// `programs KEY NAME…` with those that are missing, `told KEY COMMAND…` with what a command prints.
    package static let prelude = """
        file() {
          if [ ! -e "$2" ]; then echo "$1 -"
          elif [ -f "$2" ] && [ -r "$2" ]; then printf '%s ' "$1"; base64 -w0 <"$2"; echo
          else echo "$1 !"; fi
        }
        exists() { k=$1; shift; if [ "$@" ]; then echo "$k yes"; else echo "$k no"; fi; }
        programs() {
          k=$1; shift
          for p in "$@"; do command -v "$p" >/dev/null 2>&1 || echo "$k $p"; done
        }
        writable() {
          k=$1; root=$2; shift 2
          for f in "$@"; do
            if [ -e "$f" ]; then [ -w "$f" ] && continue; else [ -w "$(dirname "$f")" ] && continue; fi
            [ "$root" = yes ] && continue
            [ "$root" = ask ] && sudo -n true 2>/dev/null && continue
            echo "$k $f"
          done
        }
        told() { k=$1; shift; printf '%s ' "$k"; "$@" 2>/dev/null | base64 -w0; echo; }

        """

    /// Whether a file may be written as root: `yes`, `no`, or `ask` where sudo is declared and only the host knows
    /// whether it is granted. (An account that was itself become by sudo needs no asking.)
    package static func becomesRoot(_ ssh: SSHSpec, as account: String) -> String {
        if ssh.user == "root" { return "yes" }
        guard ssh.sudo else { return "no" }
        return ssh.user == account ? "ask" : "yes"
    }

    /// Every answer by its key; a key may have several.
    package static func answers(_ output: String) -> Answers {
        var all: [String: [String]] = [:]
        for line in TextLines.pieces(output) where !line.isEmpty {
            let space = line.utf8.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
            let rest = space < line.endIndex ? line[line.utf8.index(after: space)...] : ""
            all[String(line[..<space]), default: []].append(String(rest))
        }
        return Answers(all: all)
    }

    package struct Answers: Sendable, Equatable {
        let all: [String: [String]]

        package func word(_ key: String) -> String? {
            all[key]?.last
        }

        package func words(_ key: String) -> [String] {
            all[key] ?? []
        }

        package func isYes(_ key: String) -> Bool {
            all[key]?.last == "yes"
        }

        /// What `file` or `told` answered.
        package func text(_ key: String) -> FileContent {
            switch all[key]?.last {
            case nil: .unreadable
            case "-": .missing
            case "!": .unreadable
            case .some(let encoded):
                Base64.decode(encoded).map { .content(String(decoding: $0, as: UTF8.self)) } ?? .unreadable
            }
        }
    }
}

/// What reading a file gave.
package enum FileContent: Sendable, Hashable {
    case content(String)
    case missing
    /// There, but not for this account.
    case unreadable

    package var text: String? {
        if case .content(let text) = self { text } else { nil }
    }

    package var isMissing: Bool { self == .missing }
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
