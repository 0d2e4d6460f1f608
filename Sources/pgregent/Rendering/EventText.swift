import FoundationEssentials

/// A line of the journal for people.
struct EventText {
    private let line: String

    init(_ line: String) {
        self.line = line
    }

    private struct Entry: Decodable {
        var time: String
        var step: String
        var outcome: String
        var duration: Double?
        var message: String?
    }

    /// The line itself where it is not one of ours.
    var text: String {
        guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line.utf8)) else { return line }
        var words = [entry.time, entry.outcome.padded(to: 8), entry.step]
        if let duration = entry.duration { words.append("(\(duration) s)") }
        if let message = entry.message { words.append(message) }
        return words.joined(separator: "  ")
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
