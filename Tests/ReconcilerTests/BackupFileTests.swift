import Testing

@testable import Barman

@Suite struct SSHConfigTextTests {
    private static let file = """
        # mine
        Compression yes

        Host old
            HostName o

        # for everybody
        Host *
            User nobody

        """

    @Test("reading and writing loses nothing")
    func lossless() {
        #expect(SSHConfigText(Self.file).text == Self.file)
        #expect(SSHConfigText("").text == "")
    }

    @Test("a new Host stands before the others and below the lines that belong to all")
    func newBlock() {
        var file = SSHConfigText(Self.file)
        file.set("HostName", to: "vm1", host: "vmp")
        file.set("User", to: "postgres", host: "vmp")
        #expect(
            file.text
                == Self.file.replacing("Host old\n", with: "Host vmp\n    HostName vm1\n    User postgres\nHost old\n"))
        #expect(file.value(of: "hostname", host: "vmp") == "vm1")
        #expect(file.value(of: "HostName", host: "old") == "o")
    }

    @Test("without any Host the block comes last")
    func noBlock() {
        var file = SSHConfigText("Compression yes\n")
        file.set("HostName", to: "vm1", host: "vmp")
        #expect(file.text == "Compression yes\nHost vmp\n    HostName vm1\n")
    }

    @Test("a key is set in its own line, whichever way it is written")
    func existing() {
        var file = SSHConfigText("Host vmp\n  hostname=vm3\n  Port 22\nMatch all\n  User x\n")
        #expect(file.value(of: "HostName", host: "vmp") == "vm3")
        file.set("HostName", to: "vm1", host: "vmp")
        file.set("User", to: "postgres", host: "vmp")
        #expect(file.text == "Host vmp\n    HostName vm1\n  Port 22\n    User postgres\nMatch all\n  User x\n")
    }

    @Test("an alias that shares its Host line with others is found, and the others keep their lines")
    func sharedLine() {
        var file = SSHConfigText("Host other vmp\n    HostName vm3\n    User postgres\nHost vmp\n    Port 22\n")
        #expect(file.value(of: "HostName", host: "vmp") == "vm3")
        #expect(file.value(of: "Port", host: "vmp") == "22")
        #expect(file.value(of: "HostName", host: "vm") == nil)
        file.set("HostName", to: "vm1", host: "vmp")
        file.set("Port", to: "2222", host: "vmp")
        #expect(file.value(of: "HostName", host: "vmp") == "vm1")
        #expect(file.value(of: "Port", host: "vmp") == "2222")
        #expect(file.value(of: "HostName", host: "other") == "vm3")
        #expect(file.value(of: "User", host: "vmp") == "postgres")
        #expect(file.text.contains("Host other vmp\n    HostName vm3\n    User postgres\n"))
    }
}

@Suite struct BarmanCheckTests {
    @Test("all OK is OK, whatever stands in parentheses")
    func passed() {
        let check = Observer.check(
            "Server vm95:\n\tPostgreSQL: OK\n\tbackup maximum age: OK (no last_backup_maximum_age provided)\n")
        #expect(check == Observed.Check(passed: true, failed: []))
    }

    @Test("what failed is named with Barman's words")
    func failed() {
        let check = Observer.check(
            "Server vm95:\n\tPostgreSQL: OK\n\treplication slot: FAILED (slot 'barman' not initialised)\n")
        #expect(check.passed == false)
        #expect(check.failed == ["replication slot: (slot 'barman' not initialised)"])
    }

    @Test("silence and errors are failures", arguments: ["", "ERROR: Unknown server 'vm95'\n"])
    func silence(_ text: String) {
        let check = Observer.check(text)
        #expect(!check.passed && !check.failed.isEmpty)
    }
}
