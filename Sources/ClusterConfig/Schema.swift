import JSONText

extension ClusterConfig {
    /// The JSON Schema (draft-07) of cluster.yaml, always the same text; it ends with a newline.
    ///
    /// It is made from the table that the decoder checks keys with. What no schema can say (duplicate names,
    /// upstream cycles, passwords inside commands) only the decoder reports.
    package static var schema: String {
        let head: [JSON.Member] = [
            .init("$schema", "http://json-schema.org/draft-07/schema#"),
            .init("title", "cluster.yaml"),
            .init("description", "A PostgreSQL cluster with repmgr, PgBouncer and Barman, as pgregent keeps it."),
        ]
        guard case .object(let body) = Shape.section(Keys.file).schema else { return "" }
        return JSON.object(head + body).text() + "\n"
    }
}

extension Shape {
    /// The shape as a schema.
    var schema: JSON {
        switch self {
        case .text(let kind):
            return .object([.init("type", "string"), .init("pattern", .string(kind.pattern))])
        case .integer(let range):
            return .object([
                .init("type", "integer"), .init("minimum", .integer(range.lowerBound)),
                .init("maximum", .integer(range.upperBound)),
            ])
        case .boolean: return .object([.init("type", "boolean")])
        case .choice(let names): return .object([.init("enum", .array(names.map { .string($0) }))])
        case .constant(let number): return .object([.init("enum", .array([.integer(number)]))])
        case .digits:
            return .object([
                .init("type", .array(["string", "integer"])), .init("pattern", .string(TextKind.digits.pattern)),
                .init("minimum", 0),
            ])
        case .secret: return Self.secretSchema
        case .settings(let owned): return Self.settingsSchema(owned)
        case .list(let element, let minimum):
            let least: [JSON.Member] = minimum > 0 ? [.init("minItems", .integer(minimum))] : []
            return .object([.init("type", "array")] + least + [.init("items", element.schema)])
        case .section(let section): return section.schema
        case .either(let first, let second):
            return .object([.init("anyOf", .array([first.schema, second.schema]))])
        }
    }

    private static var secretSchema: JSON {
        let one = Keys.secret.keys.map { key in
            JSON.object([
                .init("type", "object"), .init("additionalProperties", false),
                .init("required", .array([.string(key.name)])),
                .init("properties", .object([.init(key.name, key.schema(nullable: false))])),
            ])
        }
        return .object([.init("anyOf", .array(one))])
    }

    private static func settingsSchema(_ owned: [String: String]) -> JSON {
        let refused = (Array(owned.keys) + Keys.passwordNames).sorted()
        return .object([
            .init("type", "object"),
            .init(
                "propertyNames",
                .object([
                    .init("pattern", .string(Checker.settingNamePattern)),
                    .init("not", .object([.init("enum", .array(refused.map { .string($0) }))])),
                ])),
            .init(
                "additionalProperties",
                .object([
                    .init("type", .array(["string", "number", "boolean"])),
                    .init("pattern", .string(TextKind.value.pattern)),
                ])),
        ])
    }
}

extension Section {
    var schema: JSON {
        let required = keys.filter(\.required).map { JSON.string($0.name) }
        let needs: [JSON.Member] = required.isEmpty ? [] : [.init("required", .array(required))]
        return .object(
            [.init("type", "object"), .init("additionalProperties", false)] + needs
                + [.init("properties", .object(keys.map { .init($0.name, $0.schema(nullable: $0.nullable)) }))])
    }
}

extension Key {
    /// The shape's schema with this key's description and default.
    func schema(nullable: Bool) -> JSON {
        guard case .object(var members) = nullable ? shape.schema.orNull : shape.schema else { return .null }
        members.insert(.init("description", .string(summary)), at: 0)
        if let preset { members.insert(.init("default", preset), at: 1) }
        return .object(members)
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
