import YAML

extension Problems {
    /// A value that is not what its key expects.
    mutating func mismatch(_ node: Node, _ outline: Outline, at path: String) {
        if let text = node.string, Passwords.stand(in: text) { return refusePassword(in: text, node, at: path) }
        let hint = if case .scalar(let scalar) = node.content { outline.hint(scalar) } else { "" }
        let place = path.isEmpty ? "" : path + ": "
        error(node.start, "\(place)expected \(outline.expectation), found \(node.found)\(hint)")
    }

    /// A text that may be anything but a password.
    mutating func refusePassword(in text: String, _ node: Node, at path: String) {
        guard Passwords.stand(in: text) else { return }
        error(node.start, Passwords.rule(path))
        hide(node)
    }

    /// A key that no table has; `place` is empty or ` in nodes[1]`.
    mutating func unknownKey(_ pair: Pair, _ place: String, among names: [String]) {
        let hint = Suggestion.hint(for: pair.key, among: names)
        error(pair.keyStart, "unknown key \(quoted(pair.key))\(place)\(hint)")
        if pair.key.lowercased().contains("pass") || hint.contains("password") { hide(pair.value) }
    }
}

extension Node {
    /// What a message says was found.
    fileprivate var found: String {
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
