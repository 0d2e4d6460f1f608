import JSONText
import YAML

/// A value on its way to YAML text.
indirect enum Written: Sendable {
    /// A text: quoted where plain it would read as something else.
    case text(String)
    /// A number, boolean or other scalar, as it stands.
    case plain(String)
    case list([Written])
    case mapping([(key: String, value: Written)])

    var isScalar: Bool {
        switch self {
        case .text, .plain: true
        case .list(let items): items.isEmpty
        case .mapping(let pairs): pairs.isEmpty
        }
    }

    /// Lines in block style; scalars and what is empty stand on one line.
    var lines: [String] {
        switch self {
        case .text(let text): return [Self.scalar(text)]
        case .plain(let text): return [text]
        case .list(let items) where items.isEmpty: return ["[]"]
        case .mapping(let pairs) where pairs.isEmpty: return ["{}"]
        case .list(let items):
            return items.flatMap { item in
                item.lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
            }
        case .mapping(let pairs):
            return pairs.flatMap { key, value in
                let key = Self.scalar(key)
                return value.isScalar
                    ? ["\(key): \(value.lines.joined())"] : ["\(key):"] + value.lines.map { "  " + $0 }
            }
        }
    }

    /// Words that older YAML takes for booleans are quoted too, for the sake of other programs.
    private static let olderBooleans: Set<String> = ["on", "off", "yes", "no", "y", "n"]

    private static func scalar(_ text: String) -> String {
        let letters = text.unicodeScalars.allSatisfy {
            switch $0 {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "/", ".", "+", "-": true
            default: false
            }
        }
        let isString = Scalar(text: text, isPlain: true).value == .string
        let startsPlainly = text.unicodeScalars.first.map { $0 != "-" && $0 != "." && $0 != "+" } ?? false
        if letters, isString, startsPlainly, !olderBooleans.contains(text.lowercased()) { return text }
        return quoted(text)
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\t": result += "\\t"
            case _
            where TextKind.isControl(scalar) || scalar.value == 0xFEFF || (0xFFFE...0xFFFF).contains(scalar.value):
                let code = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: max(0, 4 - code.count)) + code
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Written {
    /// The pairs whose value is not nil.
    static func keys(_ pairs: [(String, Written?)]) -> Written {
        .mapping(pairs.compactMap { key, value in value.map { (key, $0) } })
    }

    /// A scalar as JSON; nil for nothing and for what is no scalar.
    var json: JSON? {
        switch self {
        case .text(let text): return .string(text)
        case .plain(let text):
            switch Scalar(text: text, isPlain: true).value {
            case .null: return nil
            case .boolean(let flag): return .bool(flag)
            case .integer(let number?): return .integer(number)
            case .integer, .float, .string: return .string(text)
            }
        case .list, .mapping: return nil
        }
    }
}
