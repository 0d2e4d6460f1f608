/// One thing wrong with cluster.yaml, and where it stands.
package struct ConfigProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Severity: String, Sendable { case error, warning }

    /// The file's name as the user gave it.
    package var file: String
    /// From 1.
    package var line: Int
    /// From 1; one column is one Unicode scalar.
    package var column: Int
    package var severity: Severity
    package var message: String
    /// The line itself; nil where it must not be shown, because a password stands in it.
    package var source: String?

    /// `cluster.yaml:37:9: error: …` without the source line.
    package var headline: String {
        "\(file):\(line):\(column): \(severity.rawValue): \(message)"
    }

    /// The headline, the source line and a caret below the place; lines end with a newline between them, not after.
    package var description: String {
        guard let source else { return headline }
        let (excerpt, caret) = Self.excerpt(of: source, around: column)
        return headline + "\n" + excerpt + "\n" + caret
    }

    /// Shows a window of a long line; tabs are kept in both lines, so that the caret stands below its place.
    private static func excerpt(of source: String, around column: Int) -> (String, String) {
        let widest = 160
        let scalars = Array(source.unicodeScalars)
        let start = scalars.count <= widest ? 0 : min(max(0, column - 1 - widest / 2), scalars.count - widest)
        let window = scalars[start..<min(scalars.count, start + widest)]
        var excerpt = start > 0 ? "…" : ""
        var caret = start > 0 ? " " : ""
        for (index, scalar) in window.enumerated() {
            let shown = TextKind.isControl(scalar) && scalar != "\t" ? "\u{FFFD}" : scalar
            excerpt.unicodeScalars.append(shown)
            if start + index < column - 1 { caret.unicodeScalars.append(scalar == "\t" ? "\t" : " ") }
        }
        if start + window.count < scalars.count { excerpt += "…" }
        return (excerpt, caret + "^")
    }
}
