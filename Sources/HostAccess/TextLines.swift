/// Texts taken apart at their newline bytes. (Asking for characters would look for grapheme clusters, which costs more than
/// all else that an observation does with a configuration file.)
package enum TextLines {
    /// Every line without its newline; after a final newline comes one empty piece.
    package static func pieces(_ text: String) -> [Substring] {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { Substring($0) }
    }

    /// Every line; an empty text has none, and a final newline ends the last one.
    package static func lines(_ text: String) -> [String] {
        var lines = pieces(text).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
