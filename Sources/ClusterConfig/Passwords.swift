/// A password never stands in cluster.yaml: what looks like one is refused, and its line is not shown.
enum Passwords {
    /// Names that hold a password, wherever settings stand.
    static let names = ["password", "sslpassword"]

    static func rule(_ path: String) -> String {
        "\(path): a password must not stand in this file; a password key takes {file: PATH} or {env: NAME}"
    }

    /// `password=` in a connection string, a command or an hba line, or a URI that holds one.
    static func stand(in text: String) -> Bool {
        let bytes = Array(text.lowercased().utf8)
        for word in ["password", "ldapbindpasswd"] {
            let pattern = Array(word.utf8)
            guard bytes.count > pattern.count else { continue }
            for start in 0..<(bytes.count - pattern.count) where bytes[start...].starts(with: pattern) {
                let after = bytes[(start + pattern.count)...].first { $0 != UInt8(ascii: " ") }
                if after == UInt8(ascii: "=") { return true }
            }
        }
        return standInURI(bytes)
    }

    /// `postgres://user:secret@host`.
    private static func standInURI(_ bytes: [UInt8]) -> Bool {
        for scheme in ["postgres://", "postgresql://"] {
            let pattern = Array(scheme.utf8)
            guard bytes.count > pattern.count else { continue }
            for start in 0..<(bytes.count - pattern.count) where bytes[start...].starts(with: pattern) {
                let authority = bytes[(start + pattern.count)...].prefix { !"/ ".utf8.contains($0) }
                guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { continue }
                if authority[..<at].contains(UInt8(ascii: ":")) { return true }
            }
        }
        return false
    }
}
