import JSONText

/// What may stand at a place of cluster.yaml. The decoder's checks and the JSON Schema both follow from it.
indirect enum Shape: Sendable {
    case text(TextKind)
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    /// Only this whole number.
    case constant(Int)
    /// Whole numbers too long for a plain integer are taken as their digits.
    case digits
    /// `{file: PATH}` or `{env: NAME}`.
    case secret
    /// A mapping of any names to scalars; the names that are pgregent's own, each with the key to use instead.
    case settings(owned: [String: String])
    case list(of: Shape, minimum: Int)
    case section(Section)
    /// Either a scalar of the first shape or a mapping of the second.
    case either(Shape, Shape)
}

/// A mapping with known keys.
struct Section: Sendable {
    var keys: [Key]

    init(_ keys: [Key]) {
        self.keys = keys
    }

    subscript(name: String) -> Key? {
        keys.first { $0.name == name }
    }

    /// The same keys where a node or host overrides them: nothing is required, nothing has a default of its own.
    var overriding: Section {
        Section(
            keys.map { key in
                var key = key
                key.preset = nil
                key.required = false
                return key
            })
    }
}

/// One known key of a section.
struct Key: Sendable {
    var name: String
    var shape: Shape
    /// One sentence for the schema.
    var summary: String
    /// The default, where it is the same in every file.
    var preset: JSON?
    var required: Bool
    /// May be written with nothing behind it, which is as good as leaving it out.
    var nullable: Bool

    init(
        _ name: String, _ shape: Shape, _ summary: String, default preset: JSON? = nil, required: Bool = false,
        nullable: Bool = true
    ) {
        self.name = name
        self.shape = shape
        self.summary = summary
        self.preset = preset
        self.required = required
        self.nullable = nullable && !required
    }
}

extension Shape {
    static let port = Shape.integer(1...65535)

    /// Settings with no names but passwords refused.
    static let freeSettings = Shape.settings(owned: [:])

    /// What a message says was expected.
    var expectation: String {
        switch self {
        case .text(let kind): kind.expectation
        case .integer(1...Int(Int32.max)): "a whole number above 0"
        case .integer(0...Int(Int32.max)): "a whole number, 0 or greater"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .choice(let names): "one of " + names.joined(separator: ", ")
        case .constant(let number): "\(number)"
        case .digits: TextKind.digits.expectation
        case .secret: "{file: PATH} or {env: NAME}"
        case .settings: "a mapping of names to values"
        case .list: "a list"
        case .section: "a mapping"
        case .either(let scalar, .section(let section)):
            scalar.expectation + ", or a mapping with " + section.keys.map(\.name).joined(separator: ", ")
        case .either(let scalar, let other): scalar.expectation + ", or " + other.expectation
        }
    }
}
