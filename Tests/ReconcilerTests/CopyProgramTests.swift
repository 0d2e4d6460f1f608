import ClusterModel
import Glibc
import HostAccess
import TestKit
import Testing

@testable import Repmgr

/// The programs that make copies and rewind with repmgr, and that know repmgrd.
@Suite struct CopyProgramTests {
    private static let other = RecordedFailover(phase: .frozen, replaces: "vm1", fence: .stopped)

    private func commands(_ host: HostDirectory) -> NodeCommands {
        var spec = Declared.cluster(nodes: 3)
        spec.nodes[2] = host.node()
        return NodeCommands(spec.nodes[2], spec)
    }

    private func clone(_ host: HostDirectory, barman: Bool = false, givesUpData: Bool = false) -> [Operation] {
        var clone = Clone(
            from: "vm1", primary: "vm1", hasConfiguration: true, isRetry: false, size: nil, unlessReplacedSince: nil)
        clone.givesUpData = givesUpData
        let node = commands(host)
        let upstream = node.spec.nodes[0]
        var spec = node.spec
        if barman {
            spec.repmgr.settings += [Setting("barman_host", "barman@backup"), Setting("barman_server", "vm95")]
        }
        return NodeCommands(node.node, spec).clone(clone, from: upstream, primary: upstream)
    }

    private func prepare(_ host: HostDirectory) throws -> HostDirectory.Ran { try host.run(clone(host).first) }

    @Test("a missing or an empty directory is prepared and marked, and one with something in it is refused")
    func prepared() throws {
        try HostDirectory.with { host throws in
            for _ in 1...2 {
                #expect(try prepare(host) == HostDirectory.Ran(status: 0, output: "", errors: ""))
                #expect(host.record?.work?.kind == .clone)
                #expect(try host.run("stat -c %a main").output == "700\n")
            }
            try host.setRecord()
            try host.write("main/precious", "")
            #expect(
                try prepare(host).errors
                    == "\(host.path)/main is not empty, and nothing is recorded of an unfinished clone\n")
            #expect(host.names("main") == ["precious"])
            #expect(host.record?.work == nil)
        }
    }

    @Test("an unfinished clone is emptied, unless somebody is at work or a server runs there")
    func unfinished() throws {
        try HostDirectory.with { host throws in
            try host.startServer()
            try host.setRecord(HostDirectory.left(.clone))
            #expect(try prepare(host).errors.hasPrefix("a server runs here (process "))
            // That number is given again: another's, which works elsewhere.
            try host.write("main/postmaster.pid", "\(getpid())\n")
            try host.setRecord(HostDirectory.own(.clone))
            #expect(try prepare(host).errors == "a clone is at work here (process \(getpid()))\n")
            #expect(host.names("main") == ["postmaster.pid"])
            try host.setRecord(HostDirectory.left(.clone))
            #expect(try prepare(host).status == 0)
            #expect(host.names("main").isEmpty)
        }
    }

    @Test("a copy is not begun where another failover has left its mark, and what it would have emptied stays")
    func replaced() throws {
        let words = "since this host was observed another failover was recorded here\n"
        for unfinished in [true, false] {
            try HostDirectory.with { host throws in
                try host.setRecord(Self.other.lines, unfinished ? HostDirectory.left(.clone) : "")
                if unfinished {
                    try host.write("main/half", "")
                }
                #expect(try prepare(host) == HostDirectory.Ran(status: 1, output: "", errors: words))
                #expect((host.record?.work != nil) == unfinished)
                #expect(host.names("main") == (unfinished ? ["half"] : []))
            }
        }
        try HostDirectory.with { host throws in
            try host.setRecord(Self.other.lines)
            try host.write("main/data", "")
            #expect(try host.run(clone(host, givesUpData: true).first).errors == words)
            #expect(host.record?.work == nil)
            try host.setRecord()
            #expect(try host.run(clone(host, givesUpData: true).first).status == 0)
            #expect(host.record?.work?.kind == .givenUp)
            #expect(
                try host.run(clone(host, givesUpData: true).first).errors
                    == "since this host was observed somebody has begun a copy here\n")
            #expect(host.names("main") == ["data"])
        }
    }

    @Test("a copy comes from Barman where it has a backup, and otherwise not")
    func cloned() throws {
        try HostDirectory.with { host throws in
            try host.program("repmgr", #"printf '<%s>' "$@"; exit 5"#)
            let words =
                "<-f></etc/repmgr.conf><-d><host=vm1 port=5432 user=repmgr dbname=repmgr><standby><clone><--fast-checkpoint><--upstream-node-id=1>"
            let operation = { (barman: Bool) in clone(host, barman: barman).first { $0.title.hasPrefix("clone") } }
            #expect(try host.run(operation(false)) == HostDirectory.Ran(status: 5, output: words, errors: ""))
            #expect(host.record?.work?.kind == .clone)
            try host.program("ssh", #"printf '<%s>' "$@" >said"#)
            #expect(try host.run(operation(true)).output == words)
            #expect(host.text("said") == "<-o><BatchMode=yes><barman@backup><barman show-backup vm95 latest>")
            try host.program("ssh", "exit 1")
            #expect(try host.run(operation(true)).output == words + "<--without-barman>")
            try host.setRecord(HostDirectory.own(.clone))
            let busy = try host.run(operation(false))
            #expect(busy.status == 1 && busy.output.isEmpty)
        }
    }

    // MARK: rewinds

    private func rewind(_ host: HostDirectory) -> [Operation] {
        let rewind = Rewind(
            onto: "vm1", primary: "vm1", isStoppedInOrder: false, stopsFirst: false, unlessReplacedSince: nil)
        let node = commands(host)
        return node.rewind(rewind, onto: node.spec.nodes[0])
    }

    @Test("the mark of a rewind goes with its success, and not before")
    func rewound() throws {
        try HostDirectory.with { host throws in
            try host.write("main/data", "")
            try host.program("repmgr", #"grep work= home/.pgregent/vm3; printf '<%s>' "$@"; exit 6"#)
            let failed = try host.run(rewind(host).last)
            #expect(failed.status == 6)
            #expect(failed.output.contains("work=rewind\n<-f></etc/repmgr.conf><node><rejoin><-d><"))
            #expect(failed.output.hasSuffix("><--force-rewind><--no-wait>"))
            #expect(host.record?.work?.kind == .rewind)
            try host.program("repmgr", "exit 0")
            #expect(
                try host.run(rewind(host).last).errors
                    == "since this host was observed somebody has begun a copy here\n")
            #expect(host.record?.work?.kind == .rewind)
            try host.setRecord()
            #expect(try host.run(rewind(host).last) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.record?.work == nil)
        }
    }

    @Test("a rewind is not begun under a server that runs")
    func running() throws {
        try HostDirectory.with { host throws in
            try host.startServer()
            try host.program("repmgr", "echo touched")
            let ran = try host.run(rewind(host).last)
            #expect(ran.status == 1 && ran.output.isEmpty && ran.errors.hasPrefix("a server runs here (process "))
            #expect(host.record?.work == nil)
        }
    }

    @Test("a rewind that cannot be done is found out by its trial")
    func tried() throws {
        try HostDirectory.with { host throws in
            let trial = rewind(host).first { $0.title.hasPrefix("try") }
            try host.program("pg_rewind", #"[ "$1" = --dry-run ] && [ "$3" = "$PWD/main" ] && echo fine"#)
            #expect(try host.run(trial) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            try host.program("pg_rewind", "echo 'no log' >&2; exit 1")
            let ran = try host.run(trial)
            #expect(ran.status == 1 && ran.errors.hasPrefix("no log\nnothing was changed: "))
        }
    }

    @Test("a crashed server's recovery is finished, unless it was shut down or runs")
    func recovered() throws {
        try HostDirectory.with { host throws in
            let finish = rewind(host).first
            try host.write("main/postmaster.pid", "999999999\n")
            try host.program("postgres", #"printf '<%s>' "$@""#)
            try host.program("pg_controldata", "echo 'Database cluster state:               shut down'")
            #expect(try host.run(finish) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            try host.program("pg_controldata", "echo 'Database cluster state:               shut down in recovery'")
            #expect(
                try host.run(finish).output
                    == "<--single><-D><\(host.path)/main><-c><config_file=\(host.path)/etc/postgresql.conf><-c><archive_mode=off><-c><wal_keep_size=1TB><template1>"
            )
            #expect(host.names("main").isEmpty)
            try host.startServer()
            #expect(try host.run(finish).status == 1)
            #expect(host.lives())
        }
    }

    // MARK: repmgrd

    @Test("repmgrd is known by its process id file, with or without a newline, and by its name")
    func daemon() throws {
        try HostDirectory.with { host throws in
            let daemon = RepmgrDaemon(host.node())
            let find = daemon.find.calling(#"find_repmgrd; echo "$daemon""#).description
            #expect(try host.run(find).output == "\n")
            _ = try host.run("cp /bin/sleep repmgrd")
            try host.setRecord()
            try host.start("exec ./repmgrd 60", in: ".", writing: "home/.pgregent/vm3.repmgrd.pid")
            let process = try #require(host.text("home/.pgregent/vm3.repmgrd.pid"))
            _ = try host.run(
                "n=0; until grep -q repmgrd /proc/$(cat started)/comm || [ $n = 100 ]; do n=$((n+1)); sleep 0.01; done")
            #expect(try host.run(find).output == process)
            try host.write("home/.pgregent/vm3.repmgrd.pid", String(process.dropLast()))
            #expect(try host.run(find).output == process)
            try host.program("repmgrd", #"printf '<%s>' "$@""#)
            let start = daemon.start(configFile: "/etc/repmgr.conf", hasServiceCommand: false)
            #expect(try host.run(start).output.isEmpty)
            // SIGHUP ends a sleep.
            #expect(try host.run(daemon.reload).status == 0)
            _ = try host.run(
                "n=0; while [ -d /proc/$(cat started) ] && [ $n -lt 100 ]; do n=$((n+1)); sleep 0.02; done")
            #expect(try host.run(find).output == "\n")
            #expect(
                try host.run(start).output
                    == "<-f></etc/repmgr.conf><-d><-p><\(host.path)/home/.pgregent/vm3.repmgrd.pid>")
            #expect(host.text("home/.pgregent/vm3.repmgrd.pid") == nil)
            try host.program("repmgr", #"printf '<%s>' "$@""#)
            let command = daemon.start(configFile: "/etc/repmgr.conf", hasServiceCommand: true)
            #expect(try host.run(command).output == "<-f></etc/repmgr.conf><daemon><start>")
            // Another's number.
            try host.write("home/.pgregent/vm3.repmgrd.pid", "\(getpid())")
            #expect(try host.run(find).output == "\n")
        }
    }

    @Test("repmgrd is paused once, and let go only by whom it was paused by")
    func paused() throws {
        try HostDirectory.with { host throws in
            let node = commands(host)
            // Says whether it is paused, and does as it is told.
            try host.program(
                "psql",
                """
                read -r sql
                case $sql in
                *repmgrd_is_paused*) [ -e paused ] && echo t || echo f;;
                *'repmgrd_pause(true)'*) [ ! -e refuses ] && touch paused && echo;;
                *'repmgrd_pause(false)'*) [ ! -e refuses ] && rm paused && echo;;
                esac
                """)
            #expect(try host.run(node.pauseDaemon) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.text("paused") != nil && host.record?.pausesRepmgrd == true)
            // A server that cannot be asked keeps the mark: the next run lets repmgrd go.
            try host.write("refuses", "")
            #expect(try host.run(node.unpauseDaemon).status == 1)
            #expect(host.record?.pausesRepmgrd == true)
            unlink(host.path + "/refuses")
            #expect(try host.run(node.unpauseDaemon) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.text("paused") == nil && host.record?.pausesRepmgrd != true)
            // A person's pause.
            try host.write("paused", "")
            #expect(try host.run(node.pauseDaemon).status == 0)
            #expect(host.record?.pausesRepmgrd != true)
            #expect(try host.run(node.unpauseDaemon).status == 0)
            #expect(host.text("paused") == "")
        }
    }

    @Test("a probe tells of repmgr.conf, of repmgrd, and of what is missing")
    func probe() throws {
        try HostDirectory.with { host throws in
            let observer = Observer(node: host.node(), configFile: host.path + "/repmgr.conf")
            try host.write("repmgr.conf", "node_id=3\n")
            try host.setRecord("repmgrd=paused\n")
            let ran = try host.run(HostProbe.script(observer.script))
            #expect(ran.status == 0 && ran.errors.isEmpty)
            let facts = observer.hostFacts(HostProbe.answers(ran.output))
            #expect(facts.configuration.text == "node_id=3\n")
            #expect(facts.daemonPausedByUs && !facts.daemonRuns && facts.isWritable)
        }
    }
}
