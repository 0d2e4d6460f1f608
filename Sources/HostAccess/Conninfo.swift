/// A libpq connection string taken apart, so that two that mean the same are the same.
package enum Conninfo {
    /// A connection to a host that has vanished ends after about ten seconds, whether it idles or waits for an answer.
    package static let patience = [
        "keepalives_idle": "5", "keepalives_interval": "2", "keepalives_count": "3", "tcp_user_timeout": "10000",
    ]

    /// The parameters of `key=value key='va lue'`; nil when libpq would not read it (a URI is not taken apart).
    ///
    /// By bytes, as libpq reads it: every delimiter is ASCII.
    package static func parse(_ text: String) -> [String: String]? {
        var rest = Array(text.utf8)[...]
        var parameters: [String: String] = [:]
        while true {
            rest = rest.drop(while: isSpace)
            if rest.isEmpty { return parameters }
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            var key = rest[..<equals]
            while let last = key.last, isSpace(last) { key.removeLast() }
            rest = rest[(equals + 1)...].drop(while: isSpace)
            guard !key.isEmpty, !key.contains(where: isSpace), let value = takeValue(&rest) else { return nil }
            parameters[String(decoding: key, as: UTF8.self)] = value
        }
    }

    /// Do two connection strings lead to the same place in the same way? libpq's own defaults count as given.
    package static func same(_ left: String, _ right: String) -> Bool {
        if left == right { return true }
        guard var one = parse(left), var other = parse(right) else { return left == right }
        for (key, value) in [("port", "5432"), ("fallback_application_name", "")] {
            if one[key] == nil { one[key] = value }
            if other[key] == nil { other[key] = value }
        }
        return one == other
    }

    private static func takeValue(_ rest: inout ArraySlice<UInt8>) -> String? {
        let quote = UInt8(ascii: "'")
        var value: [UInt8] = []
        let quoted = rest.first == quote
        if quoted { rest.removeFirst() }
        while let byte = rest.first {
            if byte == UInt8(ascii: "\\") {
                rest.removeFirst()
                guard let next = rest.popFirst() else { return nil }
                value.append(next)
                continue
            }
            if quoted ? byte == quote : isSpace(byte) { break }
            value.append(byte)
            rest.removeFirst()
        }
        if quoted {
            guard rest.popFirst() == quote else { return nil }
        }
        return String(decoding: value, as: UTF8.self)
    }

    /// C's `isspace`, which libpq asks.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (0x09...0x0D).contains(byte)
    }
}
