/// "Did you mean": the nearest known name.
enum Suggestion {
    /// The known name that `text` most likely stands for; nil when none is near.
    static func nearest(to text: String, among known: [String]) -> String? {
        // A text as long as this is no slip of the pen, and the distance costs the product of the lengths.
        guard text.unicodeScalars.count <= 64, known.count <= 1000 else { return nil }
        let folded = fold(text)
        var best: (name: String, distance: Int)?
        for name in known {
            let distance = distance(folded, fold(name))
            if distance <= max(1, name.count / 3), distance < best?.distance ?? Int.max { best = (name, distance) }
        }
        return best?.name
    }

    /// ` (did you mean "priority"?)`, or nothing.
    static func hint(for text: String, among known: [String]) -> String {
        nearest(to: text, among: known).map { " (did you mean \"\($0)\"?)" } ?? ""
    }

    /// `dataDirectory`, `Data-Directory` and `data_directory` are the same slip.
    private static func fold(_ text: String) -> [Unicode.Scalar] {
        text.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" }
    }

    /// Edits between two texts: insert, delete, replace, or swap two neighbours.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            for j in right.indices {
                let replaced = last[j] + (left[i] == right[j] ? 0 : 1)
                var least = min(replaced, last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    least = min(least, beforeLast[j - 1] + 1)
                }
                row.append(least)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
