import JSONText
import YAML

/// What may stand at a place of cluster.yaml, whatever type it becomes.
struct Outline: Sendable {
    /// As JSON Schema.
    var schema: JSON
    /// What a message says was expected.
    var expectation: String
    /// What a message adds about a scalar that is refused, such as the nearest known name.
    var hint: @Sendable (Scalar) -> String = { _ in "" }
    /// The keys of the mapping, or of each mapping of the list.
    var keys: [KeyOutline] = []
    var form = Form.plain
    /// What the page says may stand there, where that is not what a message says.
    var pageWords: String?

    /// Where the page describes the keys.
    enum Form: Equatable {
        /// There are none, or they belong to the key itself.
        case plain
        /// As a part of the path: `nodes[].name`.
        case list
        /// In the section that they override, which has the name of the key.
        case overrides
        /// Under this heading, once for all keys of the kind.
        case shared(String)
    }

    var words: String { pageWords ?? expectation }
}

/// One known key of a mapping.
struct KeyOutline: Sendable {
    var name: String
    var sentence: String
    /// What holds where the key is left out and has no default of its own, in words.
    var without: String?
    var value: Outline
    /// The default, where it is a scalar or empty, and the same in every file.
    var preset: Written?
    var isRequired: Bool
    /// May be written with nothing behind it, which is as good as leaving it out.
    var isNullable: Bool
}

extension KeyOutline {
    /// The value's schema with this key's description and default.
    var schema: JSON { schema(nullable: isNullable) }

    func schema(nullable: Bool) -> JSON {
        guard case .object(var members) = nullable ? value.schema.orNull : value.schema else { return .null }
        let description = without.map { "\(sentence) Without it: \($0)." } ?? sentence
        members.insert(.init("description", .string(description)), at: 0)
        if let preset = preset?.json { members.insert(.init("default", preset), at: 1) }
        return .object(members)
    }
}

extension Outline {
    /// A mapping with these keys.
    static func mapping(_ keys: [KeyOutline]) -> Outline {
        let required = keys.filter(\.isRequired).map { JSON.string($0.name) }
        let needs: [JSON.Member] = required.isEmpty ? [] : [.init("required", .array(required))]
        let schema = JSON.object(
            [.init("type", "object"), .init("additionalProperties", false)] + needs
                + [.init("properties", .object(keys.map { .init($0.name, $0.schema) }))])
        return Outline(schema: schema, expectation: "a mapping", keys: keys)
    }

    /// A list with at least so many elements.
    static func list(of element: Outline, minimum: Int) -> Outline {
        let least: [JSON.Member] = minimum > 0 ? [.init("minItems", .integer(minimum))] : []
        let schema = JSON.object([.init("type", "array")] + least + [.init("items", element.schema)])
        return Outline(
            schema: schema, expectation: "a list", keys: element.keys, form: .list,
            pageWords: "a list; each is \(element.words)")
    }
}

extension JSON {
    /// The schema, with null allowed beside what it says.
    fileprivate var orNull: JSON {
        guard case .object(let members) = self else { return self }
        return .object(
            members.map { member in
                switch (member.name, member.value) {
                case ("type", .string): .init("type", .array([member.value, "null"]))
                case ("type", .array(let types)): .init("type", .array(types + ["null"]))
                case ("enum", .array(let values)): .init("enum", .array(values + [.null]))
                case ("anyOf", .array(let schemas)):
                    .init("anyOf", .array(schemas + [.object([.init("type", "null")])]))
                default: member
                }
            })
    }
}
