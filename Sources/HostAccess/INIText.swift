package import ClusterModel

/// A configuration file of `key = value` lines under `[section]` headers (repmgr.conf, which has no sections, is one
/// with everything in section ""). Reading it loses nothing: comments, order and foreign sections stay.
package struct INIText: Sendable, Equatable {
    private var lines: [String]
    /// A last line without its newline stays so.
    private let end: String

    package init(_ text: String) {
        lines = TextLines.pieces(text).map(String.init)
        end = lines.last == "" ? "\n" : ""
        if lines.last == "" { lines.removeLast() }
    }

    package var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + end }

    /// The settings of a section in the file's order; of a key given twice both stand here, and the last one counts.
    package func settings(in section: String) -> [Setting] {
        range(of: section).map { range in lines[range].compactMap(Self.setting) } ?? []
    }

    package func value(of key: String, in section: String) -> String? {
        range(of: section).flatMap { range in
            lines[range].reversed().lazy.compactMap(Self.setting).first { $0.name == key }?.value
        }
    }

    /// Sets one key, in its own line where there is one, otherwise at the section's end.
    ///
    /// - Parameter separator: a libpq service file allows no spaces around the equals sign.
    package mutating func set(_ key: String, to value: String, in section: String, separator: String = " = ") {
        addSection(section)
        guard let range = range(of: section) else { return }
        let line = key + separator + value
        if let index = lines[range].lastIndex(where: { Self.setting($0)?.name == key }) {
            lines[index] = line
        } else {
            var end = range.upperBound
            while end > range.lowerBound, lines[end - 1].allSatisfy(\.isWhitespace) { end -= 1 }
            lines.insert(line, at: end)
        }
    }

    /// The line that counts for a key, as it stands.
    package func line(of key: String, in section: String) -> String? {
        range(of: section).flatMap { range in lines[range].last { Self.setting($0)?.name == key } }
    }

    package mutating func remove(_ key: String, in section: String) {
        guard let range = range(of: section) else { return }
        for index in range.reversed() where Self.setting(lines[index])?.name == key {
            lines.remove(at: index)
        }
    }

    /// The names of all sections, in the file's order.
    package var sections: [String] {
        lines.compactMap(Self.header).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    package func hasSection(_ section: String) -> Bool {
        range(of: section) != nil
    }

    private mutating func addSection(_ section: String) {
        guard range(of: section) == nil else { return }
        if let last = lines.last, !last.isEmpty { lines.append("") }
        lines.append("[\(section)]")
    }

    /// The lines below a section's header; section "" is what stands before the first header.
    private func range(of section: String) -> Range<Int>? {
        var start = 0
        if !section.isEmpty {
            guard let header = lines.firstIndex(where: { Self.header($0) == section }) else { return nil }
            start = header + 1
        }
        let end = lines[start...].firstIndex { Self.header($0) != nil } ?? lines.endIndex
        return start..<end
    }

    private static func header(_ line: String) -> String? {
        // Most lines are none, which one byte tells.
        guard let first = line.utf8.first(where: { !$0.isSpace }), first == UInt8(ascii: "[") || first >= 0x80 else {
            return nil
        }
        let trimmed = line.trimmed
        guard trimmed.hasPrefix("["), trimmed.hasSuffix("]"), trimmed.utf8.count > 2 else { return nil }
        return String(trimmed.dropFirst().dropLast())
    }

    /// A line that begins with `#` or `;` is a comment.
    private static func setting(_ line: String) -> Setting? {
        let bytes = line.utf8
        guard let first = bytes.first(where: { !$0.isSpace }), first != UInt8(ascii: "#"), first != UInt8(ascii: ";"),
            let equals = bytes.firstIndex(of: UInt8(ascii: "="))
        else { return nil }
        let key = line[..<equals].trimmed
        return key.isEmpty ? nil : Setting(key, line[bytes.index(after: equals)...].trimmed)
    }
}

extension UInt8 {
    /// ASCII's white space.
    fileprivate var isSpace: Bool { self == 0x20 || 0x09...0x0D ~= self }
}

extension StringProtocol {
    /// Without white space at both ends.
    package var trimmed: String {
        // Nearly every text is ASCII at both ends: bytes are looked at, since the properties of characters cost a table.
        let whole = Substring(self)
        var bytes = whole.utf8
        while let first = bytes.first, first.isSpace { bytes.removeFirst() }
        while let last = bytes.last, last.isSpace { bytes.removeLast() }
        if (bytes.first ?? 0) < 0x80, (bytes.last ?? 0) < 0x80 {
            return String(whole[bytes.startIndex..<bytes.endIndex])
        }
        var part = self[...]
        while let first = part.first, first.isWhitespace { part.removeFirst() }
        while let last = part.last, last.isWhitespace { part.removeLast() }
        return String(part)
    }
}

/// The value of a setting as repmgr and PostgreSQL read it: single quotes are taken off, `''` and `\'` are one quote.
package func unquoted(_ value: String) -> String {
    let (quote, backslash) = (UInt8(ascii: "'"), UInt8(ascii: "\\"))
    guard value.utf8.count >= 2, value.utf8.first == quote, value.utf8.last == quote else { return value }
    let inner = value.utf8.dropFirst().dropLast()
    guard inner.contains(where: { $0 == quote || $0 == backslash }) else { return String(Substring(inner)) }
    var result: [UInt8] = []
    var escaped = false
    for byte in inner {
        if !escaped, byte == quote || byte == backslash {
            escaped = true
        } else {
            result.append(byte)
            escaped = false
        }
    }
    return String(decoding: result, as: UTF8.self)
}
