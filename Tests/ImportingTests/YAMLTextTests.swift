import Importing
import Testing
import YAML

@Suite("YAML from hosts' texts")
struct YAMLTextTests {
    @Test(
        "any text comes back as itself",
        arguments: [
            "", " ", "a", "vm1", "on", "No", "null", "~", "12", "1e3", "0x1F", "-", "- a", "? a", "a: b", "a #b", "#",
            "&x",
            "*x", "!t", "|", ">", "%TAG", "@a", "`a`", "\"", "'", "\\", "a\nb: c", "a\r\n", "\t", "\u{0}", "\u{7F}",
            "\u{85}",
            "\u{2028}", "\u{FEFF}", "ä", "日本", "😀", "[a, b]", "{a: b}", "a, b", "---", "...", "2026-01-01", "22:17",
            "RECOVERY WINDOW OF 7 DAYS", " lead", "trail ", "a  b", "=", "<<", "/var/lib", "10.95.0.1",
            "repmgr standby -f %n",
        ])
    func roundTrip(text: String) {
        let yaml = YAMLText.document([
            .init("key", .list([.init(.text(text)), .init(.mapping([.init(text, .text(text))]))]))
        ])
        let document = Document(parsing: Array(yaml.utf8))
        guard case .mapping(let pairs) = document.root?.content, case .sequence(let items)? = pairs.first?.value.content
        else { Issue.record("not read: \(yaml)"); return }
        #expect(Self.string(items[0]) == text)
    }

    private static func string(_ node: Node) -> String? {
        guard case .scalar(let scalar) = node.content, scalar.value == .string else { return nil }
        return scalar.text
    }

    @Test("a comment stays on its line")
    func comment() {
        #expect(YAMLText.comment("a\nb: c\u{1B}[2J\u{2028}") == "# a b: c [2J ")
    }
}
