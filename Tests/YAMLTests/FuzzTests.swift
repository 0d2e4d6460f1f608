import ClusterConfig
import Foundation
import TestKit
import Testing
import YAML

/// Any bytes are answered: never a trap, and either a spec or errors. `FUZZ_SECONDS` lengthens it,
/// `FUZZ_SEED` repeats a run.
@Suite struct FuzzTests {
    static func corpus() throws -> [[UInt8]] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = tests.appending(path: "ClusterConfigTests/Corpus")
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path()).filter { $0.hasSuffix(".yaml") }
        return try names.sorted().map { try [UInt8](Data(contentsOf: folder.appending(path: $0))) }
    }

    @Test("damaged files are answered with a spec or with errors, never both")
    func decoding() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["FUZZ_SECONDS"].flatMap { Int($0) }
        let seed = environment["FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
        var mutator = Mutator(generator: SplitMix64(seed: seed), corpus: try Self.corpus())
        #expect(mutator.corpus.count > 10)
        let start = ContinuousClock.now
        var iterations = 0
        while seconds.map({ start.duration(to: .now) < .seconds($0) }) ?? (iterations < 300) {
            iterations += 1
            let bytes = mutator.next()
            let decoded = ClusterConfig.decode(bytes, file: "cluster.yaml")
            let hasErrors = decoded.problems.contains { $0.severity == .error }
            #expect(
                (decoded.spec == nil) == hasErrors,
                "seed \(seed), iteration \(iterations): \(Data(bytes).base64EncodedString())")
            for problem in decoded.problems { #expect(!problem.description.isEmpty) }
            if let spec = decoded.spec {
                let shown = ClusterConfig.showDefaults(spec)
                #expect(
                    ClusterConfig.decode(shown, file: "shown.yaml").spec == spec,
                    "seed \(seed), iteration \(iterations)")
            }
        }
    }

    @Test("bytes at random are answered")
    func noise() {
        var generator = SplitMix64(seed: 2)
        let alphabet = Array("ab:-?[]{}#&*!|>'\"%@`,\n \t<~.0\\".utf8)
        for _ in 0..<2000 {
            let length = Int.random(in: 0..<60, using: &generator)
            let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            let document = Document(parsing: bytes)
            #expect(document.root != nil || !document.problems.isEmpty)
        }
    }
}
