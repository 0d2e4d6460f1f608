/// A size in bytes, written with PostgreSQL's units (1024 each): `B`, `kB`, `MB`, `GB`, `TB`.
package struct ByteSize: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package let bytes: UInt64

    package init(bytes: UInt64) {
        self.bytes = bytes
    }

    /// Reads `16MB`; nil for anything that PostgreSQL would not take as a size with a unit.
    package init?(_ text: some StringProtocol) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        let factors: [String: UInt64] = ["B": 1, "kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40]
        guard let number = UInt64(digits), let factor = factors[String(unit)] else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }

    package var description: String {
        for (unit, shift) in [("TB", 40), ("GB", 30), ("MB", 20), ("kB", 10)] as [(String, UInt64)]
        where bytes != 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes)B"
    }

    /// For people: `212 GB`.
    package static func rounded(_ bytes: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(bytes)
        var unit = 0
        while value >= 1000, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(Int(value.rounded())) \(units[unit])"
    }

    package static func < (left: ByteSize, right: ByteSize) -> Bool {
        left.bytes < right.bytes
    }
}
