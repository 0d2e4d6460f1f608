import Testing
import YAML

@Suite struct DocumentTests {
    /// One word for a tree: `{a: 1, b: [x]}`, quoted scalars in quotes.
    static func shown(_ node: Node) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.isPlain ? scalar.text : "'\(scalar.text)'"
        case .sequence(let items): "[" + items.map(shown).joined(separator: ", ") + "]"
        case .mapping(let pairs): "{" + pairs.map { "\($0.key): \(shown($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    static let trees: [(String, String, String)] = [
        ("block and flow styles mean the same", "a: 1\nb:\n  - x\n  - {c: 'y'}\n", "{a: 1, b: [x, {c: 'y'}]}"),
        ("a folded text is one line", "a: >-\n  x\n  y\n", "{a: 'x y'}"),
        ("an alias stands for its anchor's value", "a: &x [1, 2]\nb: *x\n", "{a: [1, 2], b: [1, 2]}"),
        ("a later anchor of the same name wins", "a: &x 1\nb: &x 2\nc: *x\n", "{a: 1, b: 2, c: 2}"),
        (
            "a merge brings in what is not there", "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n",
            "{a: {p: 1, q: 2}, b: {q: 3, p: 1}}"
        ),
        ("of several merges the first wins", "<<: [{p: 1}, {p: 2, q: 3}]\n", "{p: 1, q: 3}"),
        ("a quoted << is an ordinary key", "'<<': 1\n", "{<<: 1}"),
        ("!!str makes a string", "a: !!str 15\n", "{a: '15'}"),
        ("a byte order mark is skipped", "\u{FEFF}a: 1\n", "{a: 1}"),
        ("CRLF ends a line", "a: 1\r\nb: 2\r\n", "{a: 1, b: 2}"),
        ("a directive and a marker may begin the document", "%YAML 1.2\n---\na: 1\n...\n", "{a: 1}"),
        ("any scalar may be a key", "1: x\n~: y\n", "{1: x, ~: y}"),
        ("a key without a value has nothing", "a:\nb: 1\n", "{a: , b: 1}"),
    ]

    @Test("a text becomes a tree", arguments: trees)
    func tree(sentence: String, text: String, expected: String) {
        let document = Document(parsing: Array(text.utf8))
        #expect(document.problems == [], "\(sentence)")
        #expect(document.root.map(Self.shown) == expected, "\(sentence)")
    }

    static let laughs: String = {
        let first = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        let more = (1..<12).map {
            "b\($0): &a\($0) [" + Array(repeating: "*a\($0 - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        return first + more.joined()
    }()

    static let deep: String = {
        let more = (1..<80).map { "b\($0): &a\($0) [*a\($0 - 1)]\n" }
        return "a: &a0 x\n" + more.joined()
    }()

    static let faults: [(String, String, [String])] = [
        ("an empty file", "", ["1:1 the file is empty"]),
        ("a file of comments", "# nothing\n\n", ["1:1 the file is empty"]),
        ("two documents", "a: 1\n---\nb: 2\n", ["2:1 a second document begins here; the file must hold one"]),
        (
            "duplicate keys, all of them", "a: 1\nb: 2\na: 3\nb: 4\n",
            [
                "3:1 duplicate key \"a\" (first at line 1, column 1)",
                "4:1 duplicate key \"b\" (first at line 2, column 1)",
            ]
        ),
        ("an alias without an anchor", "a: *x\n", ["1:4 the alias *x has no anchor &x before it"]),
        ("an alias inside its anchor", "a: &x [*x]\n", ["1:8 the alias *x stands inside what it refers to"]),
        ("aliases of aliases", laughs, ["5:45 the aliases stand for more than 100000 values"]),
        ("aliases that nest", deep, ["64:12 nested deeper than 64 levels"]),
        ("brackets that nest", String(repeating: "[", count: 100), ["1:65 nested deeper than 64 levels"]),
        ("a key that is a list", "? [a]\n: 1\n", ["1:3 a key must be a text, not a list or mapping"]),
        ("a merge of a text", "<<: 1\n", ["1:5 \"<<\" merges a mapping or a list of mappings"]),
        ("an unknown tag", "a: !secret x\n", ["1:4 the tag \"!secret\" is not known here"]),
        (
            "a bracket left open", "a: [1, 2\nb: 3\n",
            ["2:2 did not find expected ',' or ']' while parsing a flow sequence"]
        ),
        (
            "a tab for indentation", "a:\n\tb: 1\n",
            ["2:1 found character that cannot start any token while scanning for the next token"]
        ),
        ("a NUL", "a: 1\nb: \0\n", ["2:4 a NUL byte cannot stand in the file"]),
        ("a control character", "a: \u{1B}[31m\n", ["1:4 the control character U+001B cannot stand in the file"]),
    ]

    @Test("a fault is reported at its place", arguments: faults)
    func fault(sentence: String, text: String, expected: [String]) {
        let problems = Document(parsing: Array(text.utf8)).problems
        #expect(problems.map { "\($0.position.line):\($0.position.column) \($0.message)" } == expected, "\(sentence)")
    }

    @Test("bytes that are not UTF-8 are reported where they begin")
    func invalidUTF8() {
        let problems = Document(parsing: Array("a: 1\nä: ".utf8) + [0xC3, 0x28]).problems
        #expect(problems.map(\.position) == [Position(line: 2, column: 4)])
        #expect(problems.map(\.message) == ["the text is not valid UTF-8 here"])
    }

    @Test("a file beyond the limit is not read")
    func tooLarge() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: Document.maximumBytes + 1)
        #expect(Document(parsing: bytes).problems.map(\.message) == ["the file is larger than 1 MiB"])
    }

    @Test("lines are counted as libyaml counts them")
    func lines() {
        let bytes = Array("a: 1\rb: 2\r\nc: 3\u{2028}d: [".utf8)
        #expect(Document(parsing: bytes).problems.map(\.position.line) == [4])
        #expect(SourceText(bytes).line(4) == "d: [")
        #expect(SourceText(bytes).line(5) == nil)
    }
}
