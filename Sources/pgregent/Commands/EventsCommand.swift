import ArgumentParser
import ClusterModel
import FoundationEssentials

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "events", abstract: "Show the journal.")

    @OptionGroup var file: FileOption
    @Flag(help: "Print the journal's own JSON lines.") var json = false
    @Flag(help: "Go on as entries come.") var follow = false

    func run() async throws {
        let spec = try file.spec()
        let journal = try StateDirectory(cluster: spec.cluster).journalPath
        var last: String?
        repeat {
            // The older half first.
            let lines = Self.lines(of: journal + ".1") + Self.lines(of: journal)
            let shown = last.flatMap { lines.lastIndex(of: $0) }.map { $0 + 1 } ?? 0
            for line in lines.dropFirst(shown) { Terminal.print(json ? line : EventText(line).text) }
            last = lines.last ?? last
            if follow { try await Task.sleep(for: .milliseconds(300)) }
        } while follow
    }

    /// Whole lines only: the last one may be in the middle of being written.
    private static func lines(of path: String) -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let text = String(decoding: data, as: UTF8.self)
        let lines = text.split(separator: "\n").map(String.init)
        return text.hasSuffix("\n") ? lines : lines.dropLast()
    }
}
