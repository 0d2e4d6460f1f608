import ClusterModel
import YAML

/// Reads the values of a mapping that the checker has been over: what is missing or wrong is nil.
struct Mapping {
    private let values: [String: Node]
    private let pairs: [Pair]

    /// No mapping, or nothing at all, reads as an empty one.
    init(_ node: Node?) {
        if case .mapping(let pairs) = node?.content { self.pairs = pairs } else { pairs = [] }
        values = Dictionary(pairs.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// The value, unless it is absent or written as nothing.
    func node(_ key: String) -> Node? {
        values[key].flatMap { $0.isNull ? nil : $0 }
    }

    func mapping(_ key: String) -> Mapping {
        Mapping(node(key))
    }

    /// Is there a mapping behind this key?
    func hasMapping(_ key: String) -> Bool {
        if case .mapping = node(key)?.content { true } else { false }
    }

    func list(_ key: String) -> [Node]? {
        if case .sequence(let items) = node(key)?.content { items } else { nil }
    }

    func text(_ key: String, _ kind: TextKind) -> String? {
        node(key)?.string.flatMap { kind.accepts($0) ? $0 : nil }
    }

    func texts(_ key: String, _ kind: TextKind) -> [String]? {
        list(key)?.compactMap { $0.string.flatMap { kind.accepts($0) ? $0 : nil } }
    }

    func integer(_ key: String, in range: ClosedRange<Int> = 0...Int(Int32.max)) -> Int? {
        guard case .scalar(let scalar) = node(key)?.content, case .integer(let number?) = scalar.value else {
            return nil
        }
        return range.contains(number) ? number : nil
    }

    func flag(_ key: String) -> Bool? {
        guard case .scalar(let scalar) = node(key)?.content, case .boolean(let flag) = scalar.value else { return nil }
        return flag
    }

    func digits(_ key: String) -> String? {
        guard case .scalar(let scalar) = node(key)?.content, TextKind.digits.accepts(scalar.text) else { return nil }
        return scalar.text
    }

    func choice<Value: RawRepresentable<String>>(_ key: String) -> Value? {
        node(key)?.string.flatMap { Value(rawValue: $0) }
    }

    func duration(_ key: String) -> Duration? {
        node(key)?.string.flatMap { Durations.read($0) }
    }

    func size(_ key: String) -> ByteSize? {
        node(key)?.string.flatMap { TextKind.size($0) }
    }

    /// Scalars of any type, as they are written; but no product reads YAML's octal numbers (`0o600`).
    func settings(_ key: String) -> [Setting] {
        mapping(key).pairs.compactMap { pair in
            guard case .scalar(let scalar) = pair.value.content else { return nil }
            if case .integer(let number?) = scalar.value, scalar.text.hasPrefix("0o") {
                return Setting(pair.key, String(number))
            }
            return Setting(pair.key, scalar.text)
        }
    }

    func secret(_ key: String) -> SecretSource? {
        let source = mapping(key)
        return source.text("file", .localPath).map { .file($0) } ?? source.text("env", .word).map { .environment($0) }
    }
}

extension Node {
    /// The text of a scalar that is a string.
    var string: String? {
        guard case .scalar(let scalar) = content, scalar.value == .string else { return nil }
        return scalar.text
    }
}

extension [Setting] {
    /// These settings with another list over them, name by name: known names in place, new ones at the end.
    func merged(with others: [Setting]) -> [Setting] {
        var result = self
        var places = Dictionary(
            enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        for other in others {
            if let index = places[other.name.lowercased()] {
                result[index] = other
            } else {
                places[other.name.lowercased()] = result.count
                result.append(other)
            }
        }
        return result
    }
}
