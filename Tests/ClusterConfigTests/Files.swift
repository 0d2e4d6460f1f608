import Foundation

/// The corpus and the repository's own files.
enum Files {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()

    /// Paths below Corpus, sorted.
    static func corpus(_ name: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: folder.appending(path: "Corpus/\(name)").path())
        return (names ?? []).filter { $0.hasSuffix(".yaml") }.sorted().map { "\(name)/\($0)" }
    }

    static func corpusText(_ path: String) throws -> String {
        try String(contentsOf: folder.appending(path: "Corpus/\(path)"), encoding: .utf8)
    }

    /// A file at the top of the repository.
    static func top(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: "../../\(name)").standardizedFileURL, encoding: .utf8)
    }

    static func writeTop(_ name: String, _ text: String) throws {
        try text.write(
            to: folder.appending(path: "../../\(name)").standardizedFileURL, atomically: true, encoding: .utf8)
    }
}
