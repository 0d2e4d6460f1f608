/// A scalar's text, and whether it was written plain; only plain scalars can be anything but a string.
package struct Scalar: Sendable, Equatable {
    package var text: String
    package var isPlain: Bool

    package init(text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }
}

/// What a scalar is under YAML 1.2's core schema.
package enum CoreValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// nil: a whole number beyond 64 bits.
    case integer(Int?)
    case float
    case string
}

extension Scalar {
    /// The scalar's type by YAML 1.2's core schema (10.3.2): `on`, `yes` and `22:00` are strings.
    package var value: CoreValue {
        guard isPlain else { return .string }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case ".nan", ".NaN", ".NAN": return .float
        default: break
        }
        return Self.integer(Array(text.utf8)) ?? (Self.isFloat(Array(text.utf8)) ? .float : .string)
    }

    private static func integer(_ bytes: [UInt8]) -> CoreValue? {
        for (prefix, radix) in [("0o", 8), ("0x", 16)] where bytes.starts(with: prefix.utf8) {
            let digits = bytes.dropFirst(2)
            guard !digits.isEmpty, digits.allSatisfy({ digit($0, radix: radix) }) else { return nil }
            return .integer(Int(String(decoding: digits, as: UTF8.self), radix: radix))
        }
        let digits = unsigned(bytes[...])
        guard !digits.isEmpty, digits.allSatisfy({ digit($0, radix: 10) }) else { return nil }
        return .integer(Int(String(decoding: bytes, as: UTF8.self)))
    }

    /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, or an infinity.
    private static func isFloat(_ bytes: [UInt8]) -> Bool {
        var rest = unsigned(bytes[...])
        if [".inf", ".Inf", ".INF"].contains(String(decoding: rest, as: UTF8.self)) { return true }
        func digits() -> Int {
            let run = rest.prefix { digit($0, radix: 10) }.count
            rest = rest.dropFirst(run)
            return run
        }
        let whole = digits()
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            guard digits() + whole > 0 else { return false }
        } else if whole == 0 {
            return false
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest = unsigned(rest.dropFirst())
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func unsigned(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes
    }

    private static func digit(_ byte: UInt8, radix: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "7"): true
        case UInt8(ascii: "8")...UInt8(ascii: "9"): radix >= 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): radix == 16
        default: false
        }
    }
}
