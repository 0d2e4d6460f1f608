/// A position in the write-ahead log, as PostgreSQL's `pg_lsn`: a byte offset, ordered.
package struct LSN: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    /// Bytes since the beginning of the log.
    package let rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Reads PostgreSQL's text form, two hexadecimal numbers joined by a slash (`0/5000060`).
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16) else {
            return nil
        }
        rawValue = UInt64(high) << 32 | UInt64(low)
    }

    package var description: String {
        String(rawValue >> 32, radix: 16, uppercase: true) + "/"
            + String(rawValue & 0xFFFF_FFFF, radix: 16, uppercase: true)
    }

    package static func < (left: LSN, right: LSN) -> Bool {
        left.rawValue < right.rawValue
    }

    /// How many bytes `self` is behind `other`; 0 when it is level or ahead.
    package func lag(behind other: LSN) -> UInt64 {
        other.rawValue > rawValue ? other.rawValue - rawValue : 0
    }
}

/// A timeline of a cluster's history: it grows by one with every promotion.
package typealias Timeline = UInt32
