import ClusterModel

/// What a text may be: a rule for the decoder and, as `pattern`, the same rule for the schema.
enum TextKind: CaseIterable {
    /// One line, not empty.
    case line
    /// One line, at most 63 bytes: PostgreSQL's NAMEDATALEN, and repmgr's limit for node names.
    case name
    /// A name that repmgr puts into connection strings as it is: nothing that would have to be quoted there.
    case bareName
    /// Letters, digits and `_.-`: for names that become files and ssh `Host` entries.
    case word
    /// A host's name or address: nothing that ssh or libpq would read as an option, a user, a path or a list.
    case host
    /// An account, or anything else that a program takes as an argument: one line that is not an option.
    case argument
    case absolutePath
    /// Absolute, or under the home directory with `~/`: of the machine that runs pgregent.
    case localPath
    /// The same of a host, and the home directory of an account there.
    case accountPath
    /// A shell command or a line of pg_hba.conf; tabs are allowed.
    case command
    /// A parameter's value: a command that may be empty.
    case value
    case digits
    case duration
    case positiveDuration
    case size

    /// What a message says was expected.
    var expectation: String {
        switch self {
        case .line: "a text of one line"
        case .name: "a name of 1 to 63 bytes without control characters"
        case .bareName: "a name of 1 to 63 bytes without white space, quotes, \"=\" and backslashes"
        case .word: "a name of letters, digits, \"_\", \".\" and \"-\""
        case .host: "a host name or address"
        case .argument: "a text of one line that does not begin with \"-\""
        case .absolutePath: "an absolute path"
        case .localPath, .accountPath: "an absolute path, or one beginning with \"~/\""
        case .command, .value: "a text of one line"
        case .digits: "a number of at most 20 digits"
        case .duration: "a duration such as 500ms, 2s, 5min, 24h or 7d (at most 365d)"
        case .positiveDuration: "a duration above zero such as 500ms, 2s, 5min, 24h or 7d (at most 365d)"
        case .size: "a size such as 64kB, 16MB or 1GB"
        }
    }

    /// The shorter words of the page, which begins with how durations and sizes are written.
    var pageWords: String? {
        switch self {
        case .name: "a name of 1 to 63 bytes"
        case .duration: "a duration"
        case .positiveDuration: "a duration above zero"
        case .size: "a size"
        default: nil
        }
    }

    /// The rule as a regular expression of JSON Schema; `accepts` may be stricter where an expression cannot say it.
    var pattern: String {
        let control = #"\u0000-\u001F\u007F-\u009F\u2028\u2029"#
        let exceptTab = #"\u0000-\u0008\u000A-\u001F\u007F-\u009F\u2028\u2029"#
        return switch self {
        case .line: "^[^\(control)]+$"
        case .name: "^[^\(control)]{1,63}$"
        case .bareName: "^[^\(control)" + #"\s'"=\\]{1,63}$"#
        case .word: "^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
        case .host: "^[A-Za-z0-9_.:][A-Za-z0-9_.:%-]*$"
        case .argument: "^[^\(control)-][^\(control)]*$"
        case .absolutePath: "^/[^\(control)]*$"
        case .localPath, .accountPath: "^(/|~/)[^\(control)]*$"
        case .command: "^[^\(exceptTab)]+$"
        case .value: "^[^\(exceptTab)]*$"
        case .digits: "^[0-9]{1,20}$"
        case .duration: "^(0|[1-9][0-9]{0,8})(ms|s|min|h|d)$"
        case .positiveDuration: "^[1-9][0-9]{0,8}(ms|s|min|h|d)$"
        case .size: "^(0|[1-9][0-9]{0,14}) ?(B|kB|MB|GB|TB)$"
        }
    }

    /// Is this text one of the kind?
    func accepts(_ text: String) -> Bool {
        let scalars = text.unicodeScalars
        guard let first = scalars.first else { return self == .value }
        let isOneLine = !scalars.contains { Self.isControl($0) }
        switch self {
        case .line: return isOneLine
        case .name: return isOneLine && text.utf8.count <= 63
        case .bareName:
            let marks = "'\"=\\".unicodeScalars
            return isOneLine && text.utf8.count <= 63
                && !scalars.contains { marks.contains($0) || $0.properties.isWhitespace }
        case .word: return Self.isWord(first, and: "_") && scalars.allSatisfy { Self.isWord($0, and: "_.-") }
        case .host: return Self.isWord(first, and: "_.:") && scalars.allSatisfy { Self.isWord($0, and: "_.:%-") }
        case .argument: return isOneLine && first != "-"
        case .absolutePath: return isOneLine && first == "/"
        case .localPath, .accountPath: return isOneLine && (first == "/" || scalars.starts(with: "~/".unicodeScalars))
        case .command, .value: return !scalars.contains { Self.isControl($0) && $0 != "\t" }
        case .digits: return scalars.count <= 20 && scalars.allSatisfy { ("0"..."9").contains($0) }
        case .duration: return Durations.read(text) != nil
        case .positiveDuration: return Durations.read(text).map { $0 > .zero } ?? false
        case .size: return Self.size(text) != nil
        }
    }

    /// A size that also fits the signed 64 bits that PostgreSQL counts bytes in.
    static func size(_ text: String) -> ByteSize? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0"), digits.count <= 15,
            text.utf8.count - digits.count <= 3, let size = ByteSize(text), size.bytes <= UInt64(Int64.max)
        else { return nil }
        return size
    }

    static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isWord(_ scalar: Unicode.Scalar, and marks: String) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: marks.unicodeScalars.contains(scalar)
        }
    }
}

/// Durations as the file writes them.
enum Durations {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1),
    ]
    /// Everything longer is a slip of the pen, and would overflow where programs count milliseconds.
    private static let longest: Int64 = 365 * 86_400_000

    static func read(_ text: String) -> Duration? {
        let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let name = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
        guard (1...9).contains(digits.count), digits.count == 1 || digits.first != UInt8(ascii: "0"),
            let number = Int64(String(decoding: digits, as: UTF8.self)),
            let unit = units.first(where: { $0.name.utf8.elementsEqual(name.utf8) }),
            number <= longest / unit.milliseconds
        else { return nil }
        return .milliseconds(number * unit.milliseconds)
    }

    /// The shortest text for it; anything finer than a millisecond is dropped.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        for unit in units where milliseconds != 0 && milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "0s"
    }
}
