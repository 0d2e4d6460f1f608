import Foundation
import Testing
import YAML

@testable import ClusterConfig

@Suite struct SchemaTests {
    let validator: SchemaValidator

    init() throws {
        validator = SchemaValidator(schema: try #require(Document(parsing: Array(ClusterConfig.schema.utf8)).root))
    }

    private func verdicts(_ path: String) throws -> (decoder: [String], schema: [String]) {
        let text = try Files.corpusText(path)
        let root = try #require(Document(parsing: Array(text.utf8)).root)
        let errors = ClusterConfig.decode(text, file: path).problems.filter { $0.severity == .error }
        return (errors.map(\.description), validator.failures(of: root))
    }

    @Test("a good file passes the decoder and the schema", arguments: Files.corpus("good"))
    func good(path: String) throws {
        let verdicts = try verdicts(path)
        #expect(verdicts.decoder == [])
        #expect(verdicts.schema == [])
    }

    @Test("a bad file fails both", arguments: Files.corpus("bad"))
    func bad(path: String) throws {
        let verdicts = try verdicts(path)
        #expect(verdicts.decoder != [])
        #expect(verdicts.schema != [])
    }

    @Test("what no schema can say fails the decoder alone", arguments: Files.corpus("bad-by-rule"))
    func badByRule(path: String) throws {
        let verdicts = try verdicts(path)
        #expect(verdicts.decoder != [])
        #expect(verdicts.schema == [])
    }

    /// `PGREGENT_REWRITE=1` writes it anew; the difference is then reviewed.
    @Test("cluster.schema.json is the schema of this decoder")
    func checkedIn() throws {
        if ProcessInfo.processInfo.environment["PGREGENT_REWRITE"] == "1" {
            try Files.writeTop("cluster.schema.json", ClusterConfig.schema)
        }
        #expect(try Files.top("cluster.schema.json") == ClusterConfig.schema)
    }

    /// `make reference` writes it anew.
    @Test("docs/cluster-yaml.md is the page of this decoder")
    func page() throws {
        if ProcessInfo.processInfo.environment["PGREGENT_REWRITE"] == "1" {
            try Files.writeTop("docs/cluster-yaml.md", ClusterConfig.reference)
        }
        #expect(try Files.top("docs/cluster-yaml.md") == ClusterConfig.reference)
    }

    @Test("cluster.yaml.example is a good file that refers to the schema")
    func example() throws {
        let text = try Files.top("cluster.yaml.example")
        let decoded = ClusterConfig.decode(text, file: "cluster.yaml.example")
        #expect(decoded.problems.map(\.description) == [])
        #expect(text.hasPrefix("# yaml-language-server: $schema=./cluster.schema.json\n"))
        let root = try #require(Document(parsing: Array(text.utf8)).root)
        #expect(validator.failures(of: root) == [])
    }

    static let samples = [
        "", "a", "-a", "a b", "a\tb", "a\nb", "a\r\nb", "\0", "\u{7F}", "\u{85}", "\u{2028}", "é", "🐘", "e\u{301}",
        "a'b", "$(x)", "a.b-c",
        ".a", "::1", "fe80::1%eth0", "a,b", "u@h", "/", "/a", "~/", "~/a", "~a", "a/b", "1", "01",
        "123456789012345678901",
        "0s", "1s", "01s", "999999999ms", "1000000000ms", "5min", "5m", "5 s", "365d", "1H", "0B", "16MB", "16 MB",
        "16  MB",
        "16mb", "1kB", "1KB", String(repeating: "a", count: 63), String(repeating: "a", count: 64),
    ]

    @Test("the pattern of a kind of text says what the decoder does", arguments: TextKind.allCases)
    func patterns(kind: TextKind) {
        for sample in Self.samples {
            #expect(kind.accepts(sample) == SchemaValidator.matches(sample, kind.pattern), "\(quoted(sample))")
        }
    }

    @Test("the pattern of setting names says what the decoder does")
    func settingNames() {
        for sample in Self.samples {
            #expect(SettingName.accepts(sample) == SchemaValidator.matches(sample, SettingName.pattern))
        }
    }

    @Test("Corpus/good/full.yaml has every key of the table")
    func full() throws {
        let root = try #require(Document(parsing: Array(Files.corpusText("good/full.yaml").utf8)).root)
        #expect(missing(in: [root], Keys.file.outline, at: "") == [])
    }

    /// Keys of the table that none of these nodes has.
    private func missing(in nodes: [Node], _ outline: Outline, at path: String) -> [String] {
        let mappings = nodes.flatMap { node -> [Node] in
            if case .sequence(let items) = node.content { items } else { [node] }
        }
        return outline.keys.flatMap { key in
            let values = mappings.compactMap { $0.value(of: key.name) }
            // A service is either a unit or commands, a secret a file or a variable: one file cannot have them all.
            let isOneOfSeveral = path.hasSuffix(".service") || path.hasSuffix("password")
            if values.isEmpty { return isOneOfSeveral ? [] : ["\(path).\(key.name)"] }
            return missing(in: values, key.value, at: "\(path).\(key.name)")
        }
    }
}
