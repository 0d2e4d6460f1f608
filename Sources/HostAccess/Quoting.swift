/// Every remote text is data. These are the only functions that quote, one for each language it may land in.
package enum Quoting {
    /// One word for a POSIX shell, whatever it holds (a NUL cannot be part of one and is dropped).
    package static func shell(_ text: some StringProtocol) -> String {
        let plain = text.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
                || "/._-+=:,@%".utf8.contains($0)
        }
        if plain && !text.isEmpty { return String(text) }
        var quoted = "'"
        for scalar in text.unicodeScalars where scalar != "\0" {
            if scalar == "'" { quoted += "'\\''" } else { quoted.unicodeScalars.append(scalar) }
        }
        return quoted + "'"
    }

    /// One value of a libpq connection string (`key=value`), also as repmgr.conf and primary_conninfo hold it.
    package static func conninfo(_ value: some StringProtocol) -> String {
        var quoted = "'"
        for scalar in value.unicodeScalars {
            if scalar == "'" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        let plain = !value.isEmpty && value.unicodeScalars.allSatisfy { !" '\\=\t\n\r".unicodeScalars.contains($0) }
        return plain ? String(value) : quoted + "'"
    }

    /// A whole libpq connection string.
    package static func conninfo(_ parameters: [(String, String)]) -> String {
        parameters.map { "\($0)=\(conninfo($1))" }.joined(separator: " ")
    }

    /// An SQL identifier.
    package static func identifier(_ name: some StringProtocol) -> String {
        "\"" + escaped(name, doubling: "\"") + "\""
    }

    /// An SQL string literal that means the same whatever `standard_conforming_strings` says.
    package static func literal(_ text: some StringProtocol) -> String {
        let doubled = escaped(text, doubling: "'")
        guard doubled.contains("\\") else { return "'" + doubled + "'" }
        return " E'" + escaped(doubled, doubling: "\\") + "'"
    }

    /// A value of postgresql.conf or repmgr.conf, in single quotes. A line break cannot be part of one.
    package static func configuration(_ value: some StringProtocol) -> String {
        "'" + escaped(escaped(value, doubling: "\\"), doubling: "'").filter { $0 != "\n" && $0 != "\r" && $0 != "\r\n" }
            + "'"
    }

    /// One field of a passfile (`host:port:database:user:password`).
    package static func passfile(_ field: some StringProtocol) -> String {
        var quoted = ""
        for scalar in field.unicodeScalars {
            if scalar == ":" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted
    }

    private static func escaped(_ text: some StringProtocol, doubling mark: Unicode.Scalar) -> String {
        var result = ""
        for scalar in text.unicodeScalars where scalar != "\0" {
            if scalar == mark { result.unicodeScalars.append(mark) }
            result.unicodeScalars.append(scalar)
        }
        return result
    }
}
