import FoundationEssentials
import TestKit
import Testing

/// A file of Scenarios/: a sentence as title, comments, the script's lines, `plan:`, and what `pgregent plan` prints.
struct ScenarioFile: Sendable, CustomTestStringConvertible {
    let path: String
    /// Everything up to and with `plan:`.
    private let head: [String]
    let expected: String

    init(path: String) throws {
        self.path = path
        let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let end = lines.firstIndex(of: "plan:") ?? lines.endIndex
        head = Array(lines[..<end])
        expected = lines.dropFirst(end + 1).joined(separator: "\n")
    }

    /// The first comment: what the scenario is about, in a sentence.
    var title: String {
        head.first.map { String($0.drop { $0 == "#" || $0 == " " }) } ?? path
    }

    var testDescription: String { title }

    func scenario() throws -> Scenario {
        try ScenarioScript(head.filter { !$0.isEmpty && !$0.hasPrefix("#") }).scenario()
    }

    func rewrite(with output: String) throws {
        let text = (head + ["plan:", output]).joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    /// Every scenario, by its file's name.
    static var all: [ScenarioFile] {
        get throws {
            let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scenarios").path
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".txt") }
            return try names.sorted().map { try ScenarioFile(path: folder + "/" + $0) }
        }
    }
}
