import ClusterModel
import HostAccess
import Testing

@Suite struct INITextTests {
    private static let file = """
        ; first
        outside = 1

        [databases]
        a = host=x   port=1
        # a = host=commented
        "odd name" = host=y
        a = host=last

        [pgbouncer]
          pool_mode=session
        %include other.ini

        """

    @Test("reading and writing loses nothing", arguments: [file, "", "a=1\n", "[x]\n\n\n", "# only\n"])
    func lossless(_ text: String) {
        #expect(INIText(text).text == text)
    }

    @Test("the last line of a key counts, comments do not, sections are kept apart")
    func values() {
        let file = INIText(Self.file)
        #expect(file.value(of: "a", in: "databases") == "host=last")
        #expect(file.value(of: "\"odd name\"", in: "databases") == "host=y")
        #expect(file.value(of: "pool_mode", in: "pgbouncer") == "session")
        #expect(file.value(of: "outside", in: "") == "1")
        #expect(file.value(of: "outside", in: "databases") == nil)
        #expect(file.value(of: "a", in: "nowhere") == nil)
    }

    @Test("setting a key changes its line and no other")
    func set() {
        var file = INIText(Self.file)
        file.set("pool_mode", to: "transaction", in: "pgbouncer")
        #expect(file.text == Self.file.replacing("  pool_mode=session", with: "pool_mode = transaction"))
        file.set("a", to: "host=z", in: "databases")
        #expect(file.text.contains("a = host=x   port=1\n"))
        #expect(file.value(of: "a", in: "databases") == "host=z")
    }

    @Test("a new key stands at its section's end, a new section at the file's")
    func add() {
        var file = INIText("[one]\na = 1\n\n[two]\nb = 2\n")
        file.set("c", to: "3", in: "one")
        file.set("d", to: "4", in: "three", separator: "=")
        #expect(file.text == "[one]\na = 1\nc = 3\n\n[two]\nb = 2\n\n[three]\nd=4\n")
        #expect(file.hasSection("three") && !file.hasSection("four"))
    }

    @Test("removing takes every line of a key")
    func remove() {
        var file = INIText("[one]\na = 1\nb = 2\na = 3\n[two]\na = 4\n")
        file.remove("a", in: "one")
        #expect(file.text == "[one]\nb = 2\n[two]\na = 4\n")
    }

    @Test(
        "setting what is there again changes nothing",
        arguments: Hostile.texts.filter { !$0.contains(where: \.isNewline) })
    func idempotent(_ value: String) {
        var file = INIText(Self.file)
        file.set("x", to: Quoting.configuration(value), in: "pgbouncer")
        #expect(file.value(of: "x", in: "pgbouncer").map(unquoted) == value)
        let once = file.text
        file.set("x", to: Quoting.configuration(value), in: "pgbouncer")
        #expect(file.text == once)
    }
}

@Suite struct ManagedBlockTests {
    @Test("a block is put at the end or the top, read back, replaced and removed")
    func life() {
        let text = "own = 1\n"
        let first = ManagedBlock.replacing(in: text, with: ["a", "b"], atTop: false)
        #expect(first.hasPrefix("own = 1\n# BEGIN pgregent "))
        #expect(ManagedBlock.replacing(in: text, with: ["a"], atTop: true).hasSuffix("# END pgregent\nown = 1\n"))
        #expect(ManagedBlock.lines(in: first) == ["a", "b"])
        let second = ManagedBlock.replacing(in: first + "later = 2\n", with: ["c"], atTop: false)
        #expect(ManagedBlock.lines(in: second) == ["c"])
        #expect(second.hasSuffix("# END pgregent\nlater = 2\n"))
        #expect(ManagedBlock.replacing(in: second, with: [], atTop: false) == "own = 1\nlater = 2\n")
    }

    @Test("a block that begins and does not end is no block: nothing below it is replaced")
    func noEnd() {
        let text = "# BEGIN pgregent x\na\nb\n"
        #expect(ManagedBlock.lines(in: text) == nil)
        #expect(ManagedBlock.replacing(in: text, with: ["c"], atTop: false).hasPrefix(text))
    }

    @Test("a new block is found again below one that does not end")
    func afterNoEnd() {
        let text = ManagedBlock.replacing(in: "# BEGIN pgregent x\nmine = 1\n", with: ["c"], atTop: false)
        #expect(ManagedBlock.lines(in: text) == ["c"])
    }

    @Test("a hand's change is told from ours")
    func touched() {
        let text = ManagedBlock.replacing(in: "", with: ["a = 1"], atTop: false)
        #expect(ManagedBlock.isUntouched(in: text))
        #expect(!ManagedBlock.isUntouched(in: text.replacing("a = 1", with: "a = 2")))
        #expect(!ManagedBlock.isUntouched(in: "a = 1\n"))
    }

    @Test("keyed lines are replaced where they stand, new ones come first")
    func keyed() {
        let text = ManagedBlock.settingKeyedLines([("h:1:", "h:1:new"), ("h:2:", "h:2:x")], in: "other\nh:1:old\n")
        #expect(text == "h:2:x\nother\nh:1:new\n")
        #expect(ManagedBlock.settingKeyedLines([("h:1:", "h:1:new"), ("h:2:", "h:2:x")], in: text) == text)
    }
}
