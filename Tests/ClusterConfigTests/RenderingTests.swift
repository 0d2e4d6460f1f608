import Testing

@testable import ClusterConfig

@Suite struct RenderingTests {
    private func rendered(_ text: String) -> String {
        ClusterConfig.decode(text, file: "cluster.yaml").problems.map(\.description).joined(separator: "\n")
    }

    @Test("a problem is shown with its line and a caret")
    func caret() {
        let text = """
            version: 1
            cluster: vm95
            nodes:
              - name: vm1
                id: 1
                host: vm1
              - name: vm2
                id: 2
                host: vm2
                prioritty: 90
            """
        #expect(
            rendered(text) == """
                cluster.yaml:10:5: error: unknown key "prioritty" in nodes[1] (did you mean "priority"?)
                    prioritty: 90
                    ^
                """)
    }

    @Test("tabs stay tabs, so that the caret stands below its place")
    func tabs() {
        #expect(
            rendered("version: 1\ncluster:\t\tc\nnodes: [{name: a, id: 1, host: h}]\nssh: {sudo:\tyes}\n")
                == "cluster.yaml:4:13: error: ssh.sudo: expected true or false, found \"yes\"\n"
                + "ssh: {sudo:\tyes}\n           \t^")
    }

    @Test("of a long line only the part around the place is shown")
    func longLine() {
        let padding = String(repeating: "x", count: 500)
        let problem = ConfigProblem(
            file: "f", line: 1, column: 251, severity: .error, message: "m", source: padding)
        let window = String(repeating: "x", count: 160)
        #expect(problem.description == "f:1:251: error: m\n…\(window)…\n" + String(repeating: " ", count: 81) + "^")
    }

    @Test("a syntax error is one problem at its place")
    func syntax() {
        #expect(
            rendered("version: 1\nnodes: [a, b") == """
                cluster.yaml:2:13: error: did not find expected ',' or ']' while parsing a flow sequence
                nodes: [a, b
                            ^
                """)
    }

    @Test("an empty file is told what is missing")
    func empty() {
        #expect(rendered("") == "cluster.yaml:1:1: error: the file is empty\n\n^")
        #expect(rendered("{}").contains("missing key \"cluster\""))
    }

    @Test("control characters of the file never reach the terminal")
    func control() {
        #expect(!rendered("version: 1\ncluster: \u{1B}[31m\n").contains("\u{1B}"))
        #expect(!rendered("version: 1\ncluster: \"\\e[31m\"\n").contains("\u{1B}"))
    }
}
