/// Two texts, line by line, with three lines of context.
package struct UnifiedDiff {
    private let from: [String]
    private let to: [String]
    private let name: String

    package init(from: String, to: String, name: String) {
        self.from = Self.lines(from)
        self.to = Self.lines(to)
        self.name = name
    }

    private enum Line: Equatable {
        case same(String), removed(String), added(String)

        var isSame: Bool { if case .same = self { true } else { false } }
    }

    /// Nil when they are the same.
    package var text: String? {
        guard from != to else { return nil }
        let lines = merged
        var output = ["--- \(name)", "+++ \(name)"]
        var oldNumber = 1
        var newNumber = 1
        var index = 0
        while index < lines.count {
            guard let range = hunk(lines, from: index) else { break }
            for line in lines[index..<range.lowerBound] { advance(line, &oldNumber, &newNumber) }
            let old = lines[range].count { if case .added = $0 { false } else { true } }
            let new = lines[range].count { if case .removed = $0 { false } else { true } }
            output.append(
                "@@ -\(old == 0 ? oldNumber - 1 : oldNumber),\(old) +\(new == 0 ? newNumber - 1 : newNumber),\(new) @@")
            for line in lines[range] {
                output.append(shown(line))
                advance(line, &oldNumber, &newNumber)
            }
            index = range.upperBound
        }
        return output.joined(separator: "\n")
    }

    private func advance(_ line: Line, _ old: inout Int, _ new: inout Int) {
        switch line {
        case .same: (old, new) = (old + 1, new + 1)
        case .removed: old += 1
        case .added: new += 1
        }
    }

    /// The next run of changes with its context; changes less than seven lines apart share one.
    private func hunk(_ lines: [Line], from start: Int) -> Range<Int>? {
        guard let first = lines[start...].firstIndex(where: { !$0.isSame }) else { return nil }
        var last = first
        var index = first
        while index < lines.count, index - last <= 6 {
            if !lines[index].isSame { last = index }
            index += 1
        }
        return max(start, first - 3)..<min(lines.count, last + 4)
    }

    private var merged: [Line] {
        let difference = to.difference(from: from)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var lines: [Line] = []
        var old = 0
        var new = 0
        while old < from.count || new < to.count {
            if old < from.count, removed.contains(old) {
                lines.append(.removed(from[old]))
                old += 1
            } else if new < to.count, added.contains(new) {
                lines.append(.added(to[new]))
                new += 1
            } else {
                lines.append(.same(to[new]))
                old += 1
                new += 1
            }
        }
        return lines
    }

    private func shown(_ line: Line) -> String {
        switch line {
        case .same(let text): " " + Self.redacted(text)
        case .removed(let text): "-" + Self.redacted(text)
        case .added(let text): "+" + Self.redacted(text)
        }
    }

    /// Somebody else's line may hold a password.
    private static func redacted(_ line: String) -> String {
        guard let range = line.firstRange(of: "password=") ?? line.firstRange(of: "password =") else { return line }
        return line[..<range.upperBound] + "********"
    }

    private static func lines(_ text: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
