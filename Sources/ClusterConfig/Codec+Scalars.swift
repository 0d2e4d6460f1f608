import ClusterModel
import JSONText
import YAML

extension Codec<String> {
    static func text(_ kind: TextKind) -> Codec {
        Codec(.text(kind), read: { $0.string.flatMap { kind.accepts($0) ? $0 : nil } }, write: { .text($0) })
    }

    /// A shell command or a line of a file; a password in it is refused.
    static var command: Codec {
        var codec = text(.command)
        codec.read = { [read = codec.read] node, present, place, problems in
            let text = read(node, present, place, &problems)
            if let text { problems.refusePassword(in: text, node, at: place.path) }
            return text
        }
        return codec
    }

    /// Whole numbers too long for a plain integer, as their digits.
    static var digits: Codec {
        let outline = Outline(
            schema: .object([
                .init("type", .array(["string", "integer"])), .init("pattern", .string(TextKind.digits.pattern)),
                .init("minimum", 0),
            ]),
            expectation: TextKind.digits.expectation)
        return Codec(
            outline,
            read: { scalar in
                switch scalar.value {
                case .string, .integer: TextKind.digits.accepts(scalar.text) ? scalar.text : nil
                default: nil
                }
            },
            write: { .text($0) })
    }
}

extension Codec<Int> {
    static func integer(_ range: ClosedRange<Int>) -> Codec {
        let largest = Int(Int32.max)
        let expectation =
            switch range {
            case 1...largest: "a whole number above 0"
            case 0...largest: "a whole number, 0 or greater"
            default: "a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
        let schema = JSON.object([
            .init("type", "integer"), .init("minimum", .integer(range.lowerBound)),
            .init("maximum", .integer(range.upperBound)),
        ])
        return Codec(
            Outline(schema: schema, expectation: expectation),
            read: { scalar in
                guard case .integer(let number?) = scalar.value, range.contains(number) else { return nil }
                return number
            },
            write: { .plain("\($0)") })
    }

    static var count: Codec { integer(1...Int(Int32.max)) }
    static var countOrZero: Codec { integer(0...Int(Int32.max)) }
    static var port: Codec { integer(1...65535) }

    /// Only this whole number.
    static func constant(_ number: Int) -> Codec {
        Codec(
            Outline(schema: .object([.init("enum", .array([.integer(number)]))]), expectation: "\(number)"),
            read: { $0.value == .integer(number) ? number : nil }, write: { .plain("\($0)") })
    }
}

extension Codec<Bool> {
    static var flag: Codec {
        Codec(
            Outline(schema: .object([.init("type", "boolean")]), expectation: "true or false"),
            read: { if case .boolean(let flag) = $0.value { flag } else { nil } }, write: { .plain("\($0)") })
    }
}

extension Codec<Duration> {
    static var duration: Codec { of(.duration) }
    static var positiveDuration: Codec { of(.positiveDuration) }

    private static func of(_ kind: TextKind) -> Codec {
        Codec(
            .text(kind), read: { $0.string.flatMap { kind.accepts($0) ? Durations.read($0) : nil } },
            write: { .plain(Durations.text($0)) })
    }
}

extension Codec<ByteSize> {
    static var size: Codec {
        Codec(.text(.size), read: { $0.string.flatMap { TextKind.size($0) } }, write: { .plain("\($0)") })
    }
}

extension Codec {
    /// One of these values, each by its name; other values of the type have none.
    static func choice(_ values: [Value], named name: @escaping @Sendable (Value) -> String?) -> Codec {
        let names = values.compactMap(name)
        let schema = JSON.object([.init("enum", .array(names.map { .string($0) }))])
        return Codec(
            Outline(
                schema: schema, expectation: "one of " + names.joined(separator: ", "),
                hint: { Suggestion.hint(for: $0.text, among: names) },
                pageWords: names.map { "`\($0)`" }.joined(separator: ", ")),
            read: { scalar in values.first { name($0) == scalar.string } }, write: { name($0).map { .text($0) } })
    }
}

extension Codec where Value: RawRepresentable<String> {
    static func choice(_ values: Value...) -> Codec { choice(values, named: \.rawValue) }
}

extension Outline {
    static func text(_ kind: TextKind) -> Outline {
        Outline(
            schema: .object([.init("type", "string"), .init("pattern", .string(kind.pattern))]),
            expectation: kind.expectation,
            hint: { scalar in
                switch scalar.value {
                case .integer, .float, .boolean: " (a text that looks like one is written in quotes)"
                default: ""
                }
            },
            pageWords: kind.pageWords)
    }
}

extension Scalar {
    /// The text of a scalar that is a string.
    var string: String? { value == .string ? text : nil }
}

extension Node {
    /// The text of a scalar that is a string.
    var string: String? {
        if case .scalar(let scalar) = content { scalar.string } else { nil }
    }

    var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.value == .null } else { false }
    }
}
