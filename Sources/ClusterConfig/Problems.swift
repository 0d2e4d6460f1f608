import YAML

/// What has been found so far, before it is turned into lines of output.
struct Problems {
    private struct Entry {
        var position: Position
        var severity: ConfigProblem.Severity
        var message: String
        /// Its line has not been looked at for passwords: shown only when it cannot hold one.
        var isUnread = false
    }

    private var entries: [Entry] = []
    /// Lines that hold a password: they are not to be shown.
    private var secretLines: Set<Int> = []

    mutating func error(_ position: Position, _ message: String) {
        entries.append(Entry(position: position, severity: .error, message: message))
    }

    /// A problem of the text as YAML: what stands on its line may never have been looked at.
    mutating func unread(_ problem: YAMLProblem) {
        entries.append(
            Entry(position: problem.position, severity: .error, message: problem.message, isUnread: true))
    }

    mutating func warning(_ position: Position, _ message: String) {
        entries.append(Entry(position: position, severity: .warning, message: message))
    }

    mutating func hide(_ node: Node) {
        guard node.end.line - node.start.line < 10_000 else { return }
        secretLines.formUnion(node.start.line...max(node.start.line, node.end.line))
    }

    /// What was found elsewhere comes after what was found here.
    mutating func append(_ others: Problems) {
        entries += others.entries
        secretLines.formUnion(others.secretLines)
    }

    var hasErrors: Bool {
        entries.contains { $0.severity == .error }
    }

    /// In the order of the file; what was found twice (behind an alias) is said once.
    func rendered(file: String, text: SourceText) -> [ConfigProblem] {
        var result: [ConfigProblem] = []
        for (_, entry) in entries.enumerated().sorted(by: { ($0.1.position, $0.0) < ($1.1.position, $1.0) }) {
            let line = entry.position.line
            let source = text.line(line)
            let mayBeSecret = entry.isUnread && source?.lowercased().contains("passw") ?? false
            let problem = ConfigProblem(
                file: file, line: line, column: entry.position.column, severity: entry.severity,
                message: entry.message, source: mayBeSecret || secretLines.contains(line) ? nil : source)
            if result.last != problem { result.append(problem) }
        }
        return result
    }
}
