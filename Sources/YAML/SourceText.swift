/// A text's lines as libyaml counts them: CR, LF, CRLF, NEL, LS and PS each end one.
package struct SourceText: Sendable {
    private let lines: [String]

    /// Takes any bytes; what is not UTF-8 is shown as U+FFFD.
    package init(_ bytes: [UInt8]) {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in String(decoding: Self.withoutMark(bytes), as: UTF8.self).unicodeScalars {
            defer { previous = scalar }
            if scalar == "\n" && previous == "\r" { continue }
            if Self.endsLine(scalar) {
                lines.append(String(line))
                line = String.UnicodeScalarView()
            } else {
                line.append(scalar)
            }
        }
        lines.append(String(line))
        self.lines = lines
    }

    /// The line of this number (from 1) without its end.
    package func line(_ number: Int) -> String? {
        lines.indices.contains(number - 1) ? lines[number - 1] : nil
    }

    /// Where libyaml reports the end of a text one line too far: the end of the last line.
    func clamped(_ position: Position) -> Position {
        guard position.line > lines.count, let last = lines.last else { return position }
        return Position(line: lines.count, column: last.unicodeScalars.count + 1)
    }

    static func withoutMark(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    }

    static func endsLine(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    /// The first byte or character that cannot stand in a YAML text; nil for a text that libyaml will read to its end.
    static func fault(in bytes: ArraySlice<UInt8>) -> YAMLProblem? {
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var position = Position.beginning
        var previous: Unicode.Scalar?
        while true {
            switch decoder.decode(&iterator) {
            case .emptyInput: return nil
            case .error: return YAMLProblem(position: position, message: "the text is not valid UTF-8 here")
            case .scalarValue(let scalar):
                guard isPrintable(scalar.value) else {
                    let name = scalar == "\0" ? "a NUL byte" : "the control character U+\(hexadecimal(scalar))"
                    return YAMLProblem(position: position, message: "\(name) cannot stand in the file")
                }
                if scalar == "\n" && previous == "\r" {
                    // The second half of one line's end.
                } else if endsLine(scalar) {
                    position = Position(line: position.line + 1, column: 1)
                } else {
                    position.column += 1
                }
                previous = scalar
            }
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        let code = String(scalar.value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - code.count)) + code
    }

    /// YAML's printable characters, as libyaml's reader takes them.
    private static func isPrintable(_ value: UInt32) -> Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
        default: false
        }
    }
}
