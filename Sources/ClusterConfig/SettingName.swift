/// A name that can stand before `=` in a configuration file.
enum SettingName {
    /// The rule as a regular expression of JSON Schema.
    static let pattern = "^[A-Za-z_][A-Za-z0-9_.$-]{0,127}$"

    /// The rule of `pattern`.
    static func accepts(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            byte == UInt8(ascii: "_") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return isLetter(first)
            && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || ".$-".utf8.contains($0) }
    }
}
