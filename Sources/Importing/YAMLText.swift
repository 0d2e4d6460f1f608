/// A piece of YAML on its way to text, with its comments. Every text in it came from a host: it is data.
package indirect enum YAMLText: Sendable, Equatable {
    case text(String)
    case number(Int)
    case flag(Bool)
    case list([Item])
    case mapping([Entry])

    /// `key: value`, below its comments; without a value it is the comments alone.
    package struct Entry: Sendable, Equatable {
        package var comments: [String]
        package var key: String
        package var value: YAMLText?

        package init(_ key: String, _ value: YAMLText?, comments: [String] = []) {
            self.key = key
            self.value = value
            self.comments = comments
        }

        package static func comment(_ text: String) -> Entry {
            Entry("", nil, comments: [text])
        }
    }

    package struct Item: Sendable, Equatable {
        package var comments: [String]
        package var value: YAMLText

        package init(_ value: YAMLText, comments: [String] = []) {
            self.value = value
            self.comments = comments
        }
    }

    /// A text that came as a number is written as one.
    static func value(_ text: String) -> YAMLText {
        if text.utf8.count < 10, let number = Int(text), String(number) == text { return .number(number) }
        return .text(text)
    }
}

extension YAMLText {
    /// Sections with an empty line between them.
    package static func document(_ sections: [Entry]) -> String {
        var lines: [String] = []
        for section in sections {
            if let value = section.value, !value.isOnOneLine, !lines.isEmpty { lines.append("") }
            if section.value == nil, !lines.isEmpty { lines.append("") }
            lines += self.lines(of: section)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A comment can hold anything but a line break; other control characters are dropped for the terminal's sake.
    package static func comment(_ text: String) -> String {
        "# " + String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? " " : $0 }))
    }

    private static func lines(of entry: Entry) -> [String] {
        let comments = entry.comments.map(comment)
        guard let value = entry.value else { return comments }
        let key = scalar(entry.key)
        if let line = value.oneLine { return comments + ["\(key): \(line)"] }
        guard value.holdsSomething else {
            // A section of comments alone would be read as nothing at all: its header is one too.
            return comments + ["# \(key):"] + value.lines.map { "#   " + $0.drop { $0 == "#" || $0 == " " } }
        }
        return comments + ["\(key):"] + value.lines.map { "  " + $0 }
    }

    private var lines: [String] {
        switch self {
        case .text, .number, .flag: [oneLine ?? ""]
        case .mapping(let entries): entries.flatMap(Self.lines)
        case .list(let items):
            items.flatMap { item in
                item.comments.map(Self.comment) + item.value.lines.enumerated().map { ($0 == 0 ? "- " : "  ") + $1 }
            }
        }
    }

    private var isOnOneLine: Bool { oneLine != nil }

    private var holdsSomething: Bool {
        guard case .mapping(let entries) = self else { return true }
        return entries.contains { $0.value != nil }
    }

    /// Scalars, and short lists of them.
    private var oneLine: String? {
        switch self {
        case .text(let text): return Self.scalar(text)
        case .number(let number): return String(number)
        case .flag(let flag): return String(flag)
        case .mapping: return nil
        case .list(let items):
            let texts = items.map { item -> String? in
                guard item.comments.isEmpty, case .text(let text) = item.value else { return nil }
                return Self.scalar(text)
            }
            let line = "[" + texts.compactMap { $0 }.joined(separator: ", ") + "]"
            return texts.contains(nil) || line.count > 90 ? nil : line
        }
    }
}

extension YAMLText {
    /// Words that some YAML reads as something else than a text.
    private static let words: Set<String> = ["true", "false", "null", "on", "off", "yes", "no", "y", "n"]

    /// One scalar that every YAML reads as this very text: plain where that is safe, otherwise in double quotes.
    package static func scalar(_ text: String) -> String {
        isPlain(text) ? text : quoted(text)
    }

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
            !words.contains(text.lowercased())
        else { return false }
        // Words of letters, digits and some marks, with single spaces between them. No colon and no comma: these mean
        // something in YAML's flow style, which short lists are written in.
        var before = first
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "/", ".", "-", "+", "=": break
            case " " where before != " ": break
            default: return false
            }
            before = scalar
        }
        switch first {
        case "a"..."z", "A"..."Z", "_", "/": return last != " "
        default: return false
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where isControl(scalar) || scalar.value == 0xFEFF || (0xFFFE...0xFFFF).contains(scalar.value):
                let code = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }
}
