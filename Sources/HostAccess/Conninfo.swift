/// A libpq connection string taken apart, so that two that mean the same are the same.
package enum Conninfo {
    /// The parameters of `key=value key='va lue'`; nil when libpq would not read it (a URI is not taken apart).
    package static func parse(_ text: String) -> [String: String]? {
        var rest = Substring(text)
        var parameters: [String: String] = [:]
        while true {
            rest = rest.drop(while: \.isWhitespace)
            if rest.isEmpty { return parameters }
            guard let equals = rest.firstIndex(of: "=") else { return nil }
            let key = rest[..<equals].trimmed
            rest = rest[rest.index(after: equals)...].drop(while: \.isWhitespace)
            guard !key.isEmpty, !key.contains(where: \.isWhitespace), let value = takeValue(&rest) else { return nil }
            parameters[key] = value
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

    private static func takeValue(_ rest: inout Substring) -> String? {
        var value = ""
        let quoted = rest.first == "'"
        if quoted { rest.removeFirst() }
        while let character = rest.first {
            if character == "\\" {
                rest.removeFirst()
                guard let next = rest.popFirst() else { return nil }
                value.append(next)
                continue
            }
            if quoted ? character == "'" : character.isWhitespace { break }
            value.append(character)
            rest.removeFirst()
        }
        if quoted {
            guard rest.popFirst() == "'" else { return nil }
        }
        return value
    }
}
