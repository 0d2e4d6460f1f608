import ClusterModel

/// The lines of a file that are pgregent's, between two marker lines; everything around them is somebody else's.
package enum ManagedBlock {
    package static let end = "# END pgregent"

    /// The first line names what was written, so that a hand's change is told from a change of cluster.yaml.
    private static func begin(_ lines: [String]) -> String {
        "# BEGIN pgregent \(fingerprint(lines)) (managed block: changes inside are overwritten)"
    }

    private static func fingerprint(_ lines: [String]) -> String {
        Fingerprint.hex(of: lines.joined(separator: "\n"), bytes: 4)
    }

    /// Does the block hold what pgregent wrote into it? False without a block.
    package static func isUntouched(in text: String) -> Bool {
        let all = pieces(text)
        guard let range = range(in: all) else { return false }
        return all[range.lowerBound] == begin(all[inside(range)].map(String.init))
    }

    /// The block's lines; nil when the file has no block.
    package static func lines(in text: String) -> [String]? {
        let all = pieces(text)
        return range(in: all).map { range in all[inside(range)].map(String.init) }
    }

    /// The file with its block replaced, or with a new one at the top or the end. No lines: no block.
    package static func replacing(in text: String, with lines: [String], atTop: Bool) -> String {
        var all = split(text)
        let block = lines.isEmpty ? [] : [begin(lines)] + lines + [end]
        if let range = range(in: all) {
            all.replaceSubrange(range, with: block)
        } else if atTop {
            all.insert(contentsOf: block, at: 0)
        } else {
            all += block
        }
        return all.isEmpty ? "" : all.joined(separator: "\n") + "\n"
    }

    /// From the begin marker to the end marker, both included. A begin without an end is no block: a block's end must
    /// be seen before anything is replaced, and the begin nearest above it is its own.
    private static func range(in lines: [some StringProtocol]) -> Range<Int>? {
        // Few lines are comments, and a byte tells.
        let comments = lines.indices.filter { lines[$0].utf8.first == UInt8(ascii: "#") }
        let begins = comments.filter { lines[$0].hasPrefix("# BEGIN pgregent") }
        let ends = comments.filter { lines[$0].hasPrefix("# END pgregent") }
        guard let start = begins.first, let last = ends.first(where: { $0 > start }),
            let first = begins.last(where: { $0 < last })
        else { return nil }
        return first..<(last + 1)
    }

    private static func inside(_ block: Range<Int>) -> Range<Int> { (block.lowerBound + 1)..<(block.upperBound - 1) }

    /// Looked at far more often than changed, so they are not copied.
    private static func pieces(_ text: String) -> [Substring] { TextLines.pieces(text) }

    private static func split(_ text: String) -> [String] { TextLines.lines(text) }
}

extension ManagedBlock {
    /// `text` with each keyed line replaced, or put first where it is missing; the rest stays as it is.
    package static func settingKeyedLines(_ keyed: [(prefix: String, line: String)], in text: String) -> String {
        var lines = split(text)
        var missing: [String] = []
        for (prefix, line) in keyed {
            if let index = lines.firstIndex(where: { $0.hasPrefix(prefix) }) {
                lines[index] = line
            } else {
                missing.append(line)
            }
        }
        return (missing + lines).joined(separator: "\n") + "\n"
    }
}
