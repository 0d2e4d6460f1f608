import ClusterModel
import HostAccess
import TestKit
import Testing

@testable import PostgreSQL

/// What earlier versions remembered in files beside the data directory goes into the record, once.
@Suite struct CarryOverTests {
    private func carryOver(_ host: HostDirectory) throws -> HostDirectory.Ran {
        try host.run(NodeCommands(node: host.node(), database: "repmgr").carryOverRecord)
    }

    @Test("every file is read and removed, and what the record has stays")
    func files() throws {
        try HostDirectory.with { host throws in
            try host.setRecord("repmgrd=paused\n")
            try host.write("main.pgregent-clone", "4711 88 unfinished creation and configuration\n")
            try host.write("main.pgregent-switchover", "promoting\na name $(x)\n")
            try host.write("main.pgregent-switchover-note", "vm1\nvm2\n")
            try host.write("main.pgregent-failover", "frozen\nquorum\nvm1\nvm2\n# an-id\n")
            try host.write("main.pgregent-fence", "")
            for file in ["guard", "guard.pid", "guard.pgregent-backup", "repmgrd.pid", "failover.new"] {
                try host.write("main.pgregent-" + file, "4711\n")
            }
            try host.write("main/PG_VERSION", "15\n")
            #expect(try carryOver(host) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            var wanted = HostRecord()
            wanted.pausesRepmgrd = true
            wanted.work = UnfinishedWork(.creation, makesConfiguration: true, process: "4711 88")
            wanted.stop = RecordedStop(to: "a name $(x)", phase: .promoting)
            wanted.switchover = Switchover(from: "vm1", to: "vm2")
            wanted.failover = RecordedFailover(phase: .frozen, replaces: "vm1", fence: .quorum, chosen: "vm2")
            wanted.failover?.id = "an-id"
            wanted.isFenced = true
            #expect(host.record == wanted)
            #expect(host.text("home/.pgregent/vm3")?.contains("failover.time=") == true)
            #expect(host.text("home/.pgregent/vm3.repmgrd.pid") == "4711\n")
            #expect(host.names(".").filter { $0.contains("pgregent-") }.isEmpty, "\(host.names("."))")
        }
    }

    @Test(
        "the forms of a mark of work",
        arguments: [
            ("999999999 unfinished clone\n", UnfinishedWork(.clone)),
            ("4711 88 unfinished rewind\n", UnfinishedWork(.rewind, process: "4711 88")),
            ("4711 88 given up, before a clone\n", UnfinishedWork(.givenUp, process: "4711 88")),
            ("4711 88 unfinished recovery\n", UnfinishedWork(.recovery, process: "4711 88")),
        ])
    func work(_ text: String, _ work: UnfinishedWork) throws {
        try HostDirectory.with { host throws in
            try host.write("main.pgregent-clone", text)
            #expect(try carryOver(host).status == 0)
            #expect(host.record?.work == work)
        }
    }

    @Test("a file that is not pgregent's stays, and is told")
    func others() throws {
        try HostDirectory.with { host throws in
            try host.write("main.pgregent-notes.txt", "mine")
            let ran = try carryOver(host)
            #expect(
                ran.status == 1
                    && ran.errors.hasSuffix("main.pgregent-notes.txt is not a record of pgregent's: move it away\n"))
            #expect(host.text("main.pgregent-notes.txt") == "mine")
        }
    }
}
