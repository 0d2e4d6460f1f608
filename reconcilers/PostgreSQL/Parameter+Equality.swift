import HostAccess

extension Parameter {
    /// Does the declared text mean the value that the server has? Compared as PostgreSQL compares: `1GB` is `1024MB`,
    /// `on` is `true`, 0.5 is 0.50.
    package func means(_ declared: String) -> Bool {
        if declared == value { return true }
        switch type {
        case "bool":
            return Self.boolean(declared) == Self.boolean(value) && Self.boolean(value) != nil
        case "integer", "real":
            guard let wanted = amount(declared), let has = amount(value) else { return false }
            return type == "integer" ? wanted.rounded() == has : wanted == has
        case "enum":
            return declared.lowercased() == value.lowercased()
        default:
            return false
        }
    }

    /// A declared or stored number, in the parameter's own unit; nil when it is none.
    func amount(_ text: String) -> Double? {
        let trimmed = text.trimmed
        guard type == "integer", Self.isOctal(trimmed) else { return Self.number(trimmed, unit: unit) }
        return Int(trimmed, radix: 8).map { Double($0) }
    }

    /// PostgreSQL reads an integer as C does: a zero in front makes it octal.
    private static func isOctal(_ text: String) -> Bool {
        let digits = text.drop { "+-".contains($0) }
        return digits.count > 1 && digits.first == "0" && digits.allSatisfy(\.isNumber)
    }

    /// As PostgreSQL reads it: any beginning of the words that is unique.
    private static func boolean(_ text: String) -> Bool? {
        let word = text.lowercased()
        if ["on", "1"].contains(word) || (!word.isEmpty && ["true", "yes"].contains { $0.hasPrefix(word) }) {
            return true
        }
        if ["of", "off", "0"].contains(word) || (!word.isEmpty && ["false", "no"].contains { $0.hasPrefix(word) }) {
            return false
        }
        return nil
    }

    /// A number in the parameter's own unit. pg_settings tells values in multiples of `unit` (`8kB`, `ms`, `MB`, …).
    private static func number(_ text: String, unit: String?) -> Double? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isNumber || "+-.eExX".contains($0) && !$0.isWhitespace }
        // An exponent's `e` is no unit; a unit never begins with a digit, so the longest numeric prefix is the number.
        var end = digits.endIndex
        var parsed: Double?
        while end > trimmed.startIndex {
            parsed = Double(trimmed[..<end])
            if parsed != nil { break }
            end = trimmed.index(before: end)
        }
        guard let parsed else { return nil }
        let written = String(trimmed[end...])
        guard !written.isEmpty else { return parsed }
        guard let unit, let from = scale(written), let to = baseScale(unit), from.kind == to.kind else { return nil }
        return parsed * from.factor / to.factor
    }

    private enum Kind { case bytes, time }

    private static func scale(_ unit: String) -> (kind: Kind, factor: Double)? {
        switch unit {
        case "B": (.bytes, 1)
        case "kB": (.bytes, 1024)
        case "MB": (.bytes, 1_048_576)
        case "GB": (.bytes, 1_073_741_824)
        case "TB": (.bytes, 1_099_511_627_776)
        case "us": (.time, 0.001)
        case "ms": (.time, 1)
        case "s": (.time, 1000)
        case "min": (.time, 60_000)
        case "h": (.time, 3_600_000)
        case "d": (.time, 86_400_000)
        default: nil
        }
    }

    /// `8kB` is eight times `kB`.
    private static func baseScale(_ unit: String) -> (kind: Kind, factor: Double)? {
        let digits = unit.prefix(while: \.isNumber)
        guard let base = scale(String(unit.dropFirst(digits.count))) else { return nil }
        return (base.kind, base.factor * (Double(digits) ?? 1))
    }
}
