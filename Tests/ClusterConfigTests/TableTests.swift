import ClusterModel
import JSONText
import Testing
import YAML

@testable import ClusterConfig

/// One line of a table is all that a key needs.
@Suite struct TableTests {
    /// A section that is in no file.
    struct Pond: Equatable, Sendable {
        var depth = 3
        var wait = Duration.seconds(2)
        var owner: String?
    }

    private let before = Section(Pond()) {
        Key("depth", \.depth, .count, "How deep it is, in feet.")
    }

    private let after = Section(Pond()) {
        Key("depth", \.depth, .count, "How deep it is, in feet.")
        Key("wait", \.wait, .positiveDuration, "How long the ducks wait.")
        Key("owner", \.owner, .text(.name), "Whose it is.", without: "nobody's")
    }

    private func read(_ text: String, _ section: Section<Pond>) throws -> (pond: Pond?, problems: [String]) {
        let root = try #require(Document(parsing: Array(text.utf8)).root)
        var problems = Problems()
        let codec = Codec<Pond>.section(section)
        let pond = codec.read(root, nil, Place(path: "pond", cluster: .empty), &problems)
        let rendered = problems.rendered(file: "f", text: SourceText(Array(text.utf8)))
        return (pond, rendered.map { String($0.headline.dropFirst(2)) })
    }

    private func page(_ section: Section<Pond>) -> String {
        var page = ReferencePage()
        page.add(section.outline, heading: "pond", path: "pond.")
        return page.text
    }

    @Test("a key that is added is read, with its default, and refused at its place")
    func reading() throws {
        #expect(try read("{wait: 5s}", before).problems == ["1:2: error: unknown key \"wait\" in pond"])
        #expect(try read("{wait: 5s, owner: a}", after) == (Pond(depth: 3, wait: .seconds(5), owner: "a"), []))
        #expect(try read("{}", after) == (Pond(), []))
        #expect(
            try read("{wiat: 5s, depth: 0}", after).problems == [
                "1:2: error: unknown key \"wiat\" in pond (did you mean \"wait\"?)",
                "1:19: error: pond.depth: expected a whole number above 0, found the number 0",
            ])
    }

    @Test("it is printed, whole or where it differs")
    func printing() {
        var pond = Pond()
        #expect(before.write(pond, over: nil, in: .empty).lines == ["depth: 3"])
        #expect(after.write(pond, over: nil, in: .empty).lines == ["depth: 3", "wait: 2s"])
        pond.owner = "on"
        #expect(after.write(pond, over: nil, in: .empty).lines == ["depth: 3", "wait: 2s", "owner: \"on\""])
        #expect(after.write(pond, over: Pond(), in: .empty).lines == ["owner: \"on\""])
    }

    @Test("it is in the schema")
    func schema() throws {
        #expect(!before.outline.schema.text().contains("wait"))
        let schema = try #require(Document(parsing: Array(after.outline.schema.text().utf8)).root)
        let properties = schema.value(of: "properties")
        #expect(properties?.value(of: "wait")?.value(of: "default")?.string == "2s")
        #expect(properties?.value(of: "wait")?.value(of: "description")?.string == "How long the ducks wait.")
        #expect(
            properties?.value(of: "owner")?.value(of: "description")?.string == "Whose it is. Without it: nobody's.")
        let text = try #require(Document(parsing: Array("{wait: 0s, size: 1}".utf8)).root)
        #expect(
            SchemaValidator(schema: schema).failures(of: text) == ["$.size false", "$.wait pattern"])
    }

    @Test("it is on the page")
    func reference() {
        #expect(!page(before).contains("pond.wait"))
        #expect(
            page(after) == """

                ## pond

                | key | may be | default | meaning |
                | --- | --- | --- | --- |
                | `pond.depth` | a whole number above 0 | `3` | How deep it is, in feet. |
                | `pond.wait` | a duration above zero | `2s` | How long the ducks wait. |
                | `pond.owner` | a name of 1 to 63 bytes | nobody's | Whose it is. |

                """)
    }

    @Test("a key may be overridden, inherit, and follow from others")
    func inheritance() throws {
        let section = Section(NodeSpec(name: "", id: 1, host: "")) {
            Key("ssh", \.ssh, .overrides(Keys.ssh), "x", inheriting: \.ssh)
            Key("location", \.location, .text(.name), "x", without: "the id", derived: { node, _ in "rack\(node.id)" })
        }
        var cluster = ClusterSpec.empty
        cluster.ssh.user = "root"
        let root = try #require(Document(parsing: Array("{ssh: {port: 23}}".utf8)).root)
        var problems = Problems()
        let codec = Codec<NodeSpec>.section(section)
        var node = try #require(codec.read(root, nil, Place(path: "", cluster: cluster), &problems))
        codec.fill(&node, cluster)
        #expect(node.ssh.user == "root")
        #expect(node.ssh.port == 23)
        #expect(node.location == "rack1")
        #expect(section.write(node, over: nil, in: cluster).lines == ["ssh:", "  port: 23", "location: rack1"])
    }

    @Test("every link of the page leads to one of its headings")
    func links() {
        let page = ClusterConfig.reference
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { heading in
            heading.dropFirst(3).lowercased().replacing(" ", with: "-").filter { !".[]".contains($0) }
        }
        let links = page.matches(of: /\]\(#([^)]*)\)/).map { String($0.output.1) }
        #expect(links.count > 20)
        #expect(Set(headings).count == headings.count)
        for link in links { #expect(headings.contains(link)) }
    }

    @Test("every key has sentences that a reader gets through")
    func sentences() {
        var texts: [String] = []
        func collect(_ outline: Outline) {
            for key in outline.keys {
                texts.append(key.sentence)
                collect(key.value)
            }
        }
        collect(Keys.file.outline)
        #expect(texts.count > 100)
        for text in texts {
            #expect(text.hasSuffix("."))
            for sentence in text.split(separator: ". ") {
                #expect(sentence.split(separator: " ").count <= 40, "\(sentence)")
            }
        }
    }
}
