import ClusterModel
import Glibc
import HostAccess
import TestKit
import Testing

@testable import PostgreSQL

/// Making a database where nothing is, or where a run of ours was killed; and recovering one.
@Suite struct DataDirectoryTests {

    private func commands(_ host: HostDirectory, _ service: ServiceSpec = .pgCtl) -> NodeCommands {
        NodeCommands(node: host.node(service: service), database: "repmgr")
    }

    private func create(_ host: HostDirectory, _ service: ServiceSpec = .pgCtl) throws -> HostDirectory.Ran {
        let blocks = ConfigurationBlocks(parameters: [], hba: [])
        return try host.run(commands(host, service).create(blocks).first)
    }

    /// As initdb does it: with its words in a file.
    private func initdb(_ host: HostDirectory) throws {
        try host.program(
            "initdb",
            ##"d=$2; mkdir -p "$d" && for f in postgresql.conf pg_hba.conf pg_ident.conf; do echo "# $f" >"$d/$f"; done; echo "$*" >"$d/words""##
        )
    }

    @Test("a missing directory is made and marked, and the configuration goes to its own directory")
    func made() throws {
        try HostDirectory.with { host throws in
            try initdb(host)
            #expect(try create(host) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            let work = try #require(host.record?.work)
            #expect(work.kind == .creation && work.makesConfiguration && work.processID != nil)
            #expect(host.names("main") == ["words"])
            #expect(
                host.text("main/words")
                    == "-D \(host.path)/main --data-checksums --encoding=UTF8 --locale=C.UTF-8 --auth-local=peer --auth-host=scram-sha-256\n"
            )
            #expect(host.names("etc") == ["pg_hba.conf", "pg_ident.conf", "postgresql.conf"])
            #expect(
                host.text("etc/postgresql.conf") == """
                    # postgresql.conf
                    listen_addresses = '*'
                    port = 5432
                    data_directory = '\(host.path.replacing("'", with: "''"))/main'
                    hba_file = '\(host.path.replacing("'", with: "''"))/etc/pg_hba.conf'

                    """)
        }
    }

    @Test("what fails to be made fails the step")
    func failed() throws {
        try HostDirectory.with { host throws in
            try host.program("initdb", "echo no >&2; exit 7")
            #expect(try create(host) == HostDirectory.Ran(status: 7, output: "", errors: "no\n"))
            #expect(host.names("etc").isEmpty)
        }
    }

    @Test("a directory with something in it is not touched without a mark")
    func refused() throws {
        try HostDirectory.with { host throws in
            try initdb(host)
            try host.write("main/precious", "data")
            let ran = try create(host)
            #expect(ran.status == 1)
            #expect(
                ran.errors
                    == "\(host.path)/main is not empty, and nothing is recorded of an unfinished creation\n")
            #expect(host.names("main") == ["precious"])
            #expect(host.record?.work == nil)
        }
    }

    @Test("an unfinished creation is made anew, and takes only the configuration that it had made itself with it")
    func anew() throws {
        for own in [true, false] {
            try HostDirectory.with { host throws in
                try initdb(host)
                try host.write("main/half", "")
                try host.write("etc/postgresql.conf", "# older\n")
                try host.setRecord(HostDirectory.left(.creation, makesConfiguration: own))
                #expect(try create(host).status == 0)
                #expect(host.names("main") == ["words"])
                #expect(host.text("etc/postgresql.conf")?.hasPrefix("# postgresql.conf\n") == true)
                #expect(host.record?.work?.kind == .creation && host.record?.work?.makesConfiguration == own)
            }
        }
    }

    @Test("whoever is at work is left alone, and so is a server that runs")
    func busy() throws {
        try HostDirectory.with { host throws in
            try initdb(host)
            try host.write("main/half", "")
            try host.setRecord(HostDirectory.own(.creation))
            #expect(
                try create(host).errors == "an earlier run is still at work here (process \(getpid()))\n")
            try host.setRecord(HostDirectory.left(.creation))
            try host.write("main/postmaster.pid", "\(getpid())\n")
            let ran = try create(host)
            #expect(ran.status == 1 && ran.errors == "a server runs in \(host.path)/main (process \(getpid()))\n")
            #expect(host.names("main") == ["half", "postmaster.pid"])
            try host.write("main/postmaster.pid", "")
        }
    }

    @Test("Debian's cluster is made by its own program")
    func debian() throws {
        try HostDirectory.with { host throws in
            try host.program("pg_createcluster", #"printf '<%s>' "$@""#)
            #expect(
                try create(host, .pgCtlCluster).output
                    == "<--port=5432><--datadir=\(host.path)/main><-o><listen_addresses=*><15><etc><--><--data-checksums><--encoding=UTF8><--locale=C.UTF-8><--auth-local=peer><--auth-host=scram-sha-256>"
            )
        }
    }

    // MARK: recovery

    private func recover(_ host: HostDirectory, until time: String? = nil) -> [Operation] {
        commands(host).recover(
            Recovery(backup: "b", targetTime: time), ConfigurationBlocks(parameters: [], hba: []), fetch: [])
    }

    @Test("an unfinished recovery's own server is stopped, and its directory is made anew")
    func prepared() throws {
        try HostDirectory.with { host throws in
            try host.program("pg_ctl", #"printf '<%s>' "$@"; rm -f "$3/postmaster.pid""#)
            try host.write("main/postmaster.pid", "\(getpid())\n")
            try host.setRecord(HostDirectory.left(.recovery))
            let ran = try host.run(recover(host).first)
            #expect(
                ran
                    == HostDirectory.Ran(
                        status: 0, output: "<stop><-D><\(host.path)/main><-m><immediate><-w><-s>", errors: ""))
            #expect(host.names("main").isEmpty)
            #expect(host.record?.work?.kind == .recovery && host.record?.work?.makesConfiguration == true)
        }
    }

    @Test("what Barman has changed is taken back, and missing configuration is made")
    func configuration() throws {
        try HostDirectory.with { host throws in
            try initdb(host)
            for (name, text) in [("postgresql.auto.conf", "barman's"), ("postgresql.auto.conf.origin", "own")] {
                try host.write("main/" + name, text)
            }
            try host.write("main/standby.signal", "")
            #expect(try host.run(recover(host)[1]).status == 0)
            #expect(host.names("main") == ["postgresql.auto.conf", "recovery.signal"])
            #expect(host.text("main/postgresql.auto.conf") == "own")
            #expect(host.names("etc") == ["pg_hba.conf", "pg_ident.conf", "postgresql.conf"])
            let before = host.text("etc/postgresql.conf")
            #expect(before?.contains("hba_file = ") == true)
            #expect(try host.run(recover(host)[1]).status == 0)
            #expect(host.text("etc/postgresql.conf") == before)
        }
    }

    private func replay(_ host: HostDirectory, comesOut: Bool, starts: Bool = true) throws -> HostDirectory.Ran {
        try host.write("main/recovery.signal", "")
        try host.write("main/postgresql.auto.conf", "work_mem = '1MB'\nrestore_command = 'x'\nrecovery_target = ''\n")
        try host.write("main/barman_wal/1", "")
        try host.setRecord(HostDirectory.left(.recovery))
        try host.program(
            "pg_ctl",
            """
            case $1 in
            start)
              while [ "$1" != -l ]; do shift; done; echo "the server's words" >"$2"; printf %s "$4" >../options
              \(starts ? "" : "exit 1")
              { echo \(getpid()); for n in 2 3 4 5 6 7; do echo; done; echo "ready   "; } >postmaster.pid
              \(comesOut ? "rm recovery.signal" : "");;
            stop) rm postmaster.pid;;
            esac
            """)
        return try host.run(recover(host, until: "2024-01-01 00:00:00+00").last { $0.title.hasPrefix("recover") })
    }

    @Test("the log is replayed by a server that nobody else reaches, and the mark is that of a creation then")
    func replayed() throws {
        try HostDirectory.with { host throws in
            #expect(try replay(host, comesOut: true) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.names("main") == ["postgresql.auto.conf"])
            #expect(host.text("main/postgresql.auto.conf") == "work_mem = '1MB'\n")
            #expect(host.record?.work == UnfinishedWork(.creation))
            let options = host.text("options") ?? ""
            #expect(options.contains(" -c listen_addresses= -c "))
            #expect(options.hasSuffix(" -c 'recovery_target_time=2024-01-01 00:00:00+00'"))
        }
    }

    @Test("a recovery that does not end stays one, and says what the server said")
    func unfinished() throws {
        for (comesOut, starts) in [(false, true), (true, false)] {
            try HostDirectory.with { host throws in
                let ran = try replay(host, comesOut: comesOut, starts: starts)
                #expect(ran.status == 1)
                #expect(
                    ran.errors
                        == (starts ? "the server did not come out of recovery\n" : "") + "the server's words\n")
                #expect(host.record?.work?.kind == .recovery)
                try host.write("main/postmaster.pid", "")
            }
        }
    }
}
