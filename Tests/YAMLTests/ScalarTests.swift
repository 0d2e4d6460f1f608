import Testing
import YAML

@Suite struct ScalarTests {
    static let rows: [(String, CoreValue)] = [
        ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("NULL", .null), ("nULL", .string),
        ("true", .boolean(true)), ("True", .boolean(true)), ("FALSE", .boolean(false)),
        ("on", .string), ("off", .string), ("yes", .string), ("no", .string), ("tRUE", .string),
        ("22:00", .string), ("2001-01-01", .string), ("1_000", .string), ("16MB", .string), ("-", .string),
        ("0", .integer(0)), ("-12", .integer(-12)), ("+12", .integer(12)), ("010", .integer(10)),
        ("0o17", .integer(15)), ("0x1F", .integer(31)), ("0x", .string), ("0o8", .string), ("-0x1", .string),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .integer(nil)),
        ("0xFFFFFFFFFFFFFFFFFF", .integer(nil)),
        ("1.5", .float), (".5", .float), ("1.", .float), (".", .string), ("1e3", .float), ("1.e", .string),
        ("-.inf", .float), (".NaN", .float), ("-.nan", .string), ("+", .string), ("١", .string),
    ]

    @Test("a plain scalar has the type of YAML 1.2's core schema", arguments: rows)
    func plain(text: String, value: CoreValue) {
        #expect(Scalar(text: text, isPlain: true).value == value)
    }

    @Test("a quoted scalar is a string", arguments: ["", "true", "1", "~"])
    func quotedScalar(text: String) {
        #expect(Scalar(text: text, isPlain: false).value == .string)
    }
}
