import YAML

/// Compares a tree with the table of keys: unknown keys, missing keys, wrong types, passwords.
struct Checker {
    var problems = Problems()

    /// The path is how messages name the place: empty for the file itself.
    mutating func check(_ node: Node, _ shape: Shape, at path: String) {
        switch (shape, node.content) {
        case (.section(let section), .mapping(let pairs)):
            check(pairs, of: node, section, at: path)
        case (.settings(let owned), .mapping(let pairs)):
            checkSettings(pairs, owned: owned, at: path)
        case (.list(let element, let minimum), .sequence(let items)):
            if items.count < minimum { problems.error(node.start, "\(path) is empty") }
            for (index, item) in items.enumerated() { check(item, element, at: "\(path)[\(index)]") }
        case (.either(_, let other), .mapping), (.either(_, let other), .sequence):
            check(node, other, at: path)
        case (.either(let simple, .section), .scalar(let scalar)):
            // The message names both forms.
            guard accepts(scalar, simple) else { return mismatch(node, shape, at: path) }
        case (.either(let simple, _), .scalar):
            check(node, simple, at: path)
        case (.secret, _):
            checkSecret(node, at: path)
        case (_, .scalar(let scalar)) where accepts(scalar, shape):
            if case .text(.command) = shape { refusePassword(in: scalar.text, node, at: path) }
        default:
            mismatch(node, shape, at: path)
        }
    }

    private mutating func check(_ pairs: [Pair], of node: Node, _ section: Section, at path: String) {
        let place = path.isEmpty ? "" : " in \(path)"
        for pair in pairs {
            guard let key = section[pair.key] else {
                let hint = Suggestion.hint(for: pair.key, among: section.keys.map(\.name))
                problems.error(pair.keyStart, "unknown key \(quoted(pair.key))\(place)\(hint)")
                if pair.key.lowercased().contains("pass") || hint.contains("password") { problems.hide(pair.value) }
                continue
            }
            if key.nullable && pair.value.isNull { continue }
            check(pair.value, key.shape, at: path.isEmpty ? key.name : "\(path).\(key.name)")
        }
        for key in section.keys where key.required && !pairs.contains(where: { $0.key == key.name }) {
            problems.error(node.start, "missing key \"\(key.name)\"\(place)")
        }
    }

    private mutating func checkSettings(_ pairs: [Pair], owned: [String: String], at path: String) {
        var seen: Set<String> = []
        for pair in pairs {
            let name = pair.key.lowercased()
            let place = "\(path).\(pair.key)"
            if Keys.passwordNames.contains(name) {
                problems.error(pair.keyStart, Self.passwordRule(place))
                problems.hide(pair.value)
            } else if let proper = owned[name] {
                problems.error(pair.keyStart, "\(place) is pgregent's own: use \(proper)")
            } else if !Self.isSettingName(pair.key) {
                problems.error(pair.keyStart, "\(quoted(pair.key)) in \(path) is not a parameter's name")
            } else if !seen.insert(name).inserted {
                problems.error(pair.keyStart, "\(path) has \(quoted(pair.key)) twice (case does not matter)")
            } else if pair.value.isNull {
                problems.error(pair.value.start, "\(place) has no value (write \"\" for an empty one)")
            } else if case .scalar(let scalar) = pair.value.content, TextKind.value.accepts(scalar.text) {
                refusePassword(in: scalar.text, pair.value, at: place)
            } else {
                mismatch(pair.value, .text(.value), at: place)
            }
        }
    }

    private mutating func checkSecret(_ node: Node, at path: String) {
        guard case .mapping(let pairs) = node.content else {
            problems.error(node.start, Self.passwordRule(path))
            return problems.hide(node)
        }
        check(pairs, of: node, Keys.secret, at: path)
        let known = pairs.filter { Keys.secret[$0.key] != nil && !$0.value.isNull }
        if known.count != 1 && pairs.allSatisfy({ Keys.secret[$0.key] != nil }) {
            let found = known.isEmpty ? "neither" : "both"
            problems.error(node.start, "\(path): expected \(Shape.secret.expectation), found \(found)")
        }
    }

    /// `password=` in a connection string, a command or an hba line, or a URI that holds one.
    private mutating func refusePassword(in text: String, _ node: Node, at path: String) {
        guard Self.holdsPassword(text) else { return }
        problems.error(node.start, Self.passwordRule(path))
        problems.hide(node)
    }

    private static func passwordRule(_ path: String) -> String {
        "\(path): a password must not stand in this file; a password key takes {file: PATH} or {env: NAME}"
    }

    static func holdsPassword(_ text: String) -> Bool {
        let bytes = Array(text.lowercased().utf8)
        for word in ["password", "ldapbindpasswd"] {
            let pattern = Array(word.utf8)
            guard bytes.count > pattern.count else { continue }
            for start in 0..<(bytes.count - pattern.count) where bytes[start...].starts(with: pattern) {
                let after = bytes[(start + pattern.count)...].first { $0 != UInt8(ascii: " ") }
                if after == UInt8(ascii: "=") { return true }
            }
        }
        return holdsPasswordInURI(bytes)
    }

    /// `postgres://user:secret@host`.
    private static func holdsPasswordInURI(_ bytes: [UInt8]) -> Bool {
        for scheme in ["postgres://", "postgresql://"] {
            let pattern = Array(scheme.utf8)
            guard bytes.count > pattern.count else { continue }
            for start in 0..<(bytes.count - pattern.count) where bytes[start...].starts(with: pattern) {
                let authority = bytes[(start + pattern.count)...].prefix { !"/ ".utf8.contains($0) }
                guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { continue }
                if authority[..<at].contains(UInt8(ascii: ":")) { return true }
            }
        }
        return false
    }

    /// A name that can stand before `=` in a configuration file; `settingNamePattern` says the same.
    static func isSettingName(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return isLetter(first)
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || ".$-".utf8.contains($0) }
    }

    static let settingNamePattern = "^[A-Za-z_][A-Za-z0-9_.$-]{0,127}$"

    private func accepts(_ scalar: Scalar, _ shape: Shape) -> Bool {
        switch (shape, scalar.value) {
        case (.text(let kind), .string): kind.accepts(scalar.text)
        case (.integer(let range), .integer(let number?)): range.contains(number)
        case (.constant(let number), .integer(let found?)): number == found
        case (.boolean, .boolean): true
        case (.choice(let names), .string): names.contains(scalar.text)
        case (.digits, .string), (.digits, .integer): TextKind.digits.accepts(scalar.text)
        default: false
        }
    }

    private mutating func mismatch(_ node: Node, _ shape: Shape, at path: String) {
        if let text = node.string, Self.holdsPassword(text) { return refusePassword(in: text, node, at: path) }
        var hint = ""
        if case .scalar(let scalar) = node.content {
            switch (shape, scalar.value) {
            case (.choice(let names), _), (.either(.choice(let names), _), _):
                hint = Suggestion.hint(for: scalar.text, among: names)
            case (.text, .integer), (.text, .float), (.text, .boolean), (.either(.text, _), .integer):
                hint = " (a text that looks like one is written in quotes)"
            default: break
            }
        }
        let place = path.isEmpty ? "" : path + ": "
        problems.error(node.start, "\(place)expected \(shape.expectation), found \(node.found)\(hint)")
    }
}

extension Keys {
    static let secret = Section([
        Key("file", .text(.localPath), "A file on the machine that runs pgregent; one trailing newline is dropped."),
        Key("env", .text(.word), "An environment variable of pgregent."),
    ])
}

extension Node {
    var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.value == .null } else { false }
    }

    /// What a message says was found.
    var found: String {
        switch content {
        case .mapping: return "a mapping"
        case .sequence: return "a list"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: return "nothing"
            case .string: return quoted(scalar.text)
            case .boolean: return "the boolean \(scalar.text)"
            case .integer, .float: return "the number \(scalar.text.count > 64 ? quoted(scalar.text) : scalar.text)"
            }
        }
    }
}
