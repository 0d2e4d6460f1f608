import FoundationEssentials
import Testing

/// Rules of style that matter, kept like behaviour.
@Suite struct Tidy {
    private struct Source {
        var path: String
        var lines: [String]
        func isComment(_ line: String) -> Bool {
            line.drop { $0 == " " }.hasPrefix(path.hasSuffix(".sh") ? "#" : "//")
        }
        var code: [String] { lines.filter { !isComment($0) } }
    }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func sources(_ folders: [String], _ ends: [String] = [".swift"]) throws -> [Source] {
        var found: [Source] = []
        for folder in folders {
            let base = root.appending(path: folder).path
            for name in try FileManager.default.subpathsOfDirectory(atPath: base).sorted()
            where ends.contains(where: { name.hasSuffix($0) }) {
                let text = try String(contentsOf: URL(filePath: base + "/" + name), encoding: .utf8)
                found.append(
                    Source(
                        path: "\(folder)/\(name)",
                        lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)))
            }
        }
        return found
    }

    private static let product = ["Sources", "reconcilers"]
    /// What decides: no I/O, no clock, no randomness.
    private static let pure = ["Sources/ClusterModel", "Sources/Planning", "Sources/Rendering", "reconcilers"]

    @Test("no file has more than 400 lines")
    func length() throws {
        for source in try Self.sources(Self.product + ["Tests"]) {
            #expect(source.lines.count <= 400, "\(source.path): \(source.lines.count)")
        }
    }

    @Test("Foundation is imported as FoundationEssentials, and never by what decides")
    func foundation() throws {
        // Unicode normalisation, which the essentials have not got.
        let allowed: Set<String> = ["Sources/PostgresClient/SCRAMSecret.swift"]
        for source in try Self.sources(Self.product) where !allowed.contains(source.path) {
            #expect(!source.code.contains { $0.hasSuffix("import Foundation") }, "\(source.path)")
        }
        for source in try Self.sources(Self.pure) {
            #expect(
                !source.code.contains { $0.contains("import Foundation") || $0.contains("import Glibc") },
                "\(source.path)")
        }
    }

    @Test("reconcilers do not know each other")
    func reconcilers() throws {
        let names = ["PostgreSQL", "Repmgr", "PgBouncer", "Barman"]
        for source in try Self.sources(["reconcilers"]) {
            #expect(
                !source.code.contains { line in
                    line.contains("import ") && names.contains { line.hasSuffix("import \($0)") }
                }, "\(source.path)")
        }
    }

    @Test("what decides has no clock and no dice")
    func pureness() throws {
        let impure = [
            "Date()", "ContinuousClock", "SuspendingClock", ".random", "SystemRandomNumberGenerator", "Task.sleep",
            "UUID(",
        ]
        for source in try Self.sources(Self.pure) {
            for line in source.code { #expect(!impure.contains { line.contains($0) }, "\(source.path): \(line)") }
        }
    }

    @Test("nothing is decided by a text that people read")
    func words() throws {
        // What is made of a step, a condition, a check or an operation for people.
        let text = /(\b(summary|detail|sentence|title|reason)|\.words)(\([^)]*\))?(\.(summary|detail|reason))?/
        let question = /\s*(==|!=|\.(hasPrefix|hasSuffix|contains|split|firstMatch|wholeMatch|starts)\()/
        let id =
            /(\.id|\bid)\.description\s*(==|!=|\.(hasPrefix|hasSuffix|contains|split))|"\\\(\$?[\w.]*\bid\)"\s*(==|!=)/
        // The rule's name stands in a line for people where the reason alone would not name it; an errno is no text.
        let allowed = ["reason.contains(rule.name)", "reason == EWOULDBLOCK", "title(of: process) =="]
        for source in try Self.sources(Self.product + ["Tests/Simulation", "Tests/TestKit", "Tests/EffectProof"]) {
            for line in source.code where !allowed.contains(where: { line.contains($0) }) {
                let asked = line.matches(of: text).contains { match in
                    line[match.range.upperBound...].prefixMatch(of: question) != nil
                }
                #expect(!asked && line.firstMatch(of: id) == nil, "\(source.path): \(line)")
            }
        }
    }

    @Test("types are called by the words of the field, as GLOSSARY.md has them")
    func names() throws {
        let glossary = try String(contentsOf: Self.root.appending(path: "GLOSSARY.md"), encoding: .utf8)
        let section = try #require(glossary.components(separatedBy: "## Not used here").dropFirst().first)
        let refused = Set(section.matches(of: /(?m)^\| ([a-z]+) \|/).map { String($0.1) }).subtracting(["not"])
        #expect(refused.isSuperset(of: ["look", "manager", "info"]))
        for source in try Self.sources(Self.product + ["Tests", "Benchmarks"]) {
            for line in source.code {
                for type in line.matches(of: /\b(?:class|struct|enum|actor|protocol|typealias) ([A-Z]\w*)/) {
                    let words = type.1.matches(of: /[A-Z]+(?![a-z])|[A-Z][a-z0-9]*/).map { $0.0.lowercased() }
                    #expect(refused.isDisjoint(with: words), "\(source.path): \(type.1)")
                }
            }
        }
    }

    @Test("no sentence of a comment has more than 40 words")
    func sentences() throws {
        for source in try Self.sources(Self.product, [".swift", ".sh"]) {
            var text = ""
            for line in source.lines + [""] {
                let said = line.drop { "/# ".contains($0) }
                if source.isComment(line), !said.isEmpty {
                    // An item of a list begins a sentence.
                    text += (said.hasPrefix("- ") ? "; " : " ") + said
                } else {
                    for sentence in text.split(separator: #/[.:;] /#) {
                        #expect(sentence.split(separator: " ").count <= 40, "\(source.path): \(sentence)")
                    }
                    text = ""
                }
            }
        }
    }

    @Test("nothing is forced")
    func forced() throws {
        // Without its socket and its thread no door can wait for anything.
        let mayEnd: Set<String> = ["Sources/Polling/ReadinessPoller.swift"]
        for source in try Self.sources(Self.product) {
            for line in source.code {
                #expect(!line.contains("try!") && !line.contains("as!"), "\(source.path): \(line)")
                if !mayEnd.contains(source.path) { #expect(!line.contains("fatalError("), "\(source.path): \(line)") }
                // A name or a bracket, then `!`, then something that goes on: a force unwrap.
                #expect(
                    line.firstMatch(of: /[a-z0-9_\])]![.)\]\[, ]/) == nil || line.contains("\""),
                    "\(source.path): \(line)")
            }
        }
    }

    @Test("the project speaks of itself alone")
    func itself() throws {
        // Where this checkout happens to lie is nobody's business.
        let checkout = "\(#filePath)".replacing("/Tests/Tidy/TidyTests.swift", with: "")
        for source in try Self.sources(Self.product + ["Tests"]) where !source.path.hasSuffix("TidyTests.swift") {
            for line in source.lines {
                #expect(
                    !line.contains(checkout) && !line.contains("TODO") && !line.contains("FIXME"),
                    "\(source.path): \(line)")
            }
        }
    }

    /// Lines of a literal in the middle of Swift that nothing reads but people; a file of `Scripts` is read by shellcheck too.
    private static let longestLiteral = 6
    private static let longerLiterals = [
        "Sources/Importing/Questions.swift": "what an import asks, which changes nothing",
        "Sources/OpenSSH/RemoteProtocol.swift": "what a session is made of, joined by its numbers and its marker",
        "reconcilers/PgBouncer/Configuration.swift": "a configuration file, no program",
    ]

    @Test("what runs on a host is a file of Scripts, not a literal")
    func programs() throws {
        for source in try Self.sources(Self.product) where Self.longerLiterals[source.path] == nil {
            var begin: Int?
            for (number, line) in source.lines.enumerated() where begin != nil || !source.isComment(line) {
                let text = line.drop { $0 == " " }
                if let first = begin, text.hasPrefix("\"\"\"") {
                    let length = number - first - 1
                    #expect(length <= Self.longestLiteral, "\(source.path):\(first + 1): \(length) lines")
                    begin = nil
                } else if begin == nil, text.hasSuffix("\"\"\"") {
                    begin = number
                }
            }
        }
    }

    @Test("a program says to shellcheck what it is, and to people what it does")
    func scripts() throws {
        var count = 0
        for folder in Self.product {
            let base = Self.root.appending(path: folder).path
            for name in try FileManager.default.subpathsOfDirectory(atPath: base) where name.hasSuffix(".sh") {
                let text = try String(contentsOf: URL(filePath: base + "/" + name), encoding: .utf8)
                #expect(text.hasPrefix("# shellcheck shell=sh"), "\(name)")
                #expect(text.split(separator: "\n").dropFirst(2).first?.hasPrefix("# ") == true, "\(name)")
                count += 1
            }
        }
        #expect(count > 50)
    }
}
