import JSONText
import YAML

/// Draft-07, as much of it as cluster.schema.json uses; JSON is YAML, so the schema is read as a tree too.
struct SchemaValidator {
    let schema: Node

    /// Where the instance fails, as paths with the failing keyword; empty when it is valid.
    func failures(of instance: Node) -> [String] {
        failures(of: instance, schema, at: "$")
    }

    private func failures(of node: Node, _ schema: Node, at path: String) -> [String] {
        if case .scalar(let scalar) = schema.content { return scalar.value == .boolean(true) ? [] : ["\(path) false"] }
        return pairs(schema).flatMap { pair in check(node, pair.key, pair.value, in: schema, at: path) }
    }

    private func check(_ node: Node, _ keyword: String, _ value: Node, in schema: Node, at path: String) -> [String] {
        let failure = ["\(path) \(keyword)"]
        switch keyword {
        case "$schema", "title", "description", "default": return []
        case "type": return types(value).contains { matches(node, $0) } ? [] : failure
        case "enum": return items(value).contains { same($0, node) } ? [] : failure
        case "pattern": return text(node).map { Self.matches($0, text(value) ?? "") } ?? true ? [] : failure
        case "minimum": return number(node).map { $0 >= number(value) ?? 0 } ?? true ? [] : failure
        case "maximum": return number(node).map { $0 <= number(value) ?? 0 } ?? true ? [] : failure
        case "minItems": return isSequence(node) && items(node).count < number(value) ?? 0 ? failure : []
        case "items":
            return items(node).enumerated().flatMap { failures(of: $1, value, at: "\(path)[\($0)]") }
        case "required":
            guard isMapping(node) else { return [] }
            let keys = pairs(node).map(\.key)
            return items(value).allSatisfy { keys.contains(text($0) ?? "") } ? [] : failure
        case "properties":
            return pairs(node).flatMap { pair in
                pairs(value).first { $0.key == pair.key }.map {
                    failures(of: pair.value, $0.value, at: "\(path).\(pair.key)")
                } ?? []
            }
        case "additionalProperties":
            let known = pairs(schema).first { $0.key == "properties" }.map { pairs($0.value).map(\.key) } ?? []
            return pairs(node).filter { !known.contains($0.key) }
                .flatMap { failures(of: $0.value, value, at: "\(path).\($0.key)") }
        case "propertyNames":
            return pairs(node).flatMap { failures(of: key($0), value, at: "\(path).\($0.key) name") }
        case "not": return failures(of: node, value, at: path).isEmpty ? failure : []
        case "anyOf": return items(value).contains { failures(of: node, $0, at: path).isEmpty } ? [] : failure
        default: return ["\(path): the validator does not know \(keyword)"]
        }
    }

    static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern).matchingSemantics(.unicodeScalar) else { return false }
        return text.contains(regex)
    }

    private func key(_ pair: Pair) -> Node {
        var node = pair.value
        node.content = .scalar(Scalar(text: pair.key, isPlain: false))
        return node
    }

    private func types(_ node: Node) -> [String] {
        text(node).map { [$0] } ?? items(node).compactMap { text($0) }
    }

    private func matches(_ node: Node, _ type: String) -> Bool {
        switch (type, node.content) {
        case ("object", .mapping), ("array", .sequence): true
        case (_, .scalar(let scalar)):
            switch (type, scalar.value) {
            case ("null", .null), ("boolean", .boolean), ("integer", .integer), ("number", .integer),
                ("number", .float),
                ("string", .string):
                true
            default: false
            }
        default: false
        }
    }

    private func same(_ left: Node, _ right: Node) -> Bool {
        guard case .scalar(let left) = left.content, case .scalar(let right) = right.content else { return false }
        return left.value == right.value && (left.value == .null || left.text == right.text)
    }

    private func pairs(_ node: Node) -> [Pair] {
        if case .mapping(let pairs) = node.content { pairs } else { [] }
    }

    private func items(_ node: Node) -> [Node] {
        if case .sequence(let items) = node.content { items } else { [] }
    }

    private func text(_ node: Node) -> String? {
        if case .scalar(let scalar) = node.content, scalar.value == .string { scalar.text } else { nil }
    }

    private func number(_ node: Node) -> Int? {
        if case .scalar(let scalar) = node.content, case .integer(let number) = scalar.value {
            number ?? Int.max
        } else {
            nil
        }
    }

    private func isMapping(_ node: Node) -> Bool {
        if case .mapping = node.content { true } else { false }
    }

    private func isSequence(_ node: Node) -> Bool {
        if case .sequence = node.content { true } else { false }
    }
}
