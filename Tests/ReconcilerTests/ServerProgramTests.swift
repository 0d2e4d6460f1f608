import ClusterModel
import HostAccess
import TestKit
import Testing

@testable import PostgreSQL

/// The programs that stop, start, fence and watch a server.
@Suite struct ServerProgramTests {
    private static let wasAuto = "# auto, before pgregent fenced this node"
    private func commands(_ host: HostDirectory, _ service: ServiceSpec = .pgCtlCluster) -> NodeCommands {
        NodeCommands(node: host.node(service: service), database: "repmgr")
    }

    // MARK: fences

    @Test("a fence is a file, and on a full disk the name of another one")
    func fence() throws {
        try HostDirectory.with { host throws in
            try host.write("main/postmaster.opts", "options")
            #expect(try host.run(commands(host).fence[0]).status == 0)
            #expect(host.record?.isFenced == true)
            #expect(host.names("main") == ["postmaster.opts"])
        }
        try HostDirectory.with { host throws in
            try host.write("main/postmaster.opts", "options")
            // Nothing can be written there.
            try host.write("home/.pgregent/vm3.new/x", "")
            #expect(try host.run(commands(host).fence[0]).status == 0)
            #expect(host.record?.isFenced == true)
            #expect(host.names("main").isEmpty)
        }
    }

    @Test("what started with the machine does so again when the fence is lifted, and nothing else")
    func start() throws {
        let lines = "# how it starts\nauto\n"
        try HostDirectory.with { host throws in
            try host.write("etc/start.conf", lines)
            #expect(try host.run(commands(host).fence[1]).status == 0)
            #expect(host.text("etc/start.conf") == "# how it starts\nmanual\n\(Self.wasAuto)\n")
            let fenced = host.text("etc/start.conf")
            #expect(try host.run(commands(host).fence[1]).status == 0)
            #expect(host.text("etc/start.conf") == fenced)
            #expect(try host.run(commands(host).liftFence[0]).status == 0)
            #expect(host.text("etc/start.conf") == lines)
            #expect(host.names("etc") == ["start.conf"])
            for person in ["manual\n", "disabled\n"] {
                try host.write("etc/start.conf", person)
                for operation in [commands(host).fence[1], commands(host).liftFence[0]] {
                    #expect(try host.run(operation).status == 0)
                    #expect(host.text("etc/start.conf") == person)
                }
            }
        }
        try HostDirectory.with { host throws in
            #expect(try host.run(commands(host).fence[1]).status == 0)
            #expect(try host.run(commands(host).liftFence[0]).status == 0)
            #expect(host.names("etc").isEmpty)
        }
    }

    @Test("a server is stopped at once, and a directory that is not there is an error")
    func stop() throws {
        try HostDirectory.with { host throws in
            try host.startServer(endsAt: "QUIT")
            let isDown = ServerProcesses.find(host.node()).calling("is_down").description
            let up = try host.run(isDown)
            #expect(up.status == 1 && up.errors.hasPrefix("still at work: "))
            #expect(try host.run(commands(host).fence[2]) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.names("main").isEmpty)
            #expect(try host.run(isDown) == HostDirectory.Ran(status: 0, output: "", errors: ""))
        }
        try HostDirectory.with { host throws in
            #expect(try host.run(commands(host).fence[2]).status == 1)
        }
    }

    // MARK: switchover

    private func demote(_ host: HostDirectory, says state: String) throws -> HostDirectory.Ran {
        try host.program(
            "pg_controldata", "echo \"Database cluster state:               \(state)\"; echo $1 >&2; echo x")
        let new = NodeCommands(node: Declared.cluster(nodes: 3).nodes[0], database: "repmgr")
        let switchover = SwitchoverCommands(old: commands(host), new: new, spec: Declared.cluster(nodes: 3))
        return try host.run(switchover.demote().last)
    }

    @Test("an old primary is marked, stopped, and proven down by its control file")
    func demoted() throws {
        try HostDirectory.with { host throws in
            try host.startServer(endsAt: "INT")
            let ran = try demote(host, says: "shut down")
            #expect(ran.status == 0 && ran.output == "Database cluster state:               shut down\nx\n")
            #expect(ran.errors == host.path + "/main\n")
            #expect(host.record?.stop == RecordedStop(to: "vm1", phase: .promoting))
            #expect(host.names("main").isEmpty)
        }
        try HostDirectory.with { host throws in
            try host.startServer(endsAt: "INT")
            let ran = try demote(host, says: "in production")
            #expect(ran.status == 1 && ran.output.isEmpty)
            #expect(ran.errors.hasSuffix("\nthe control file does not say that it is shut down\n"))
            #expect(host.record?.stop == RecordedStop(to: "vm1", phase: .stopping))
        }
        // Nothing to stop: what it would be stopped for does not go on.
        try HostDirectory.with { host throws in
            try host.write("main/PG_VERSION", "15")
            #expect(try demote(host, says: "shut down").status != 0)
            #expect(host.record?.stop == RecordedStop(to: "vm1", phase: .stopping))
        }
    }

    @Test("a held restart is over when the server accepts connections, and its mark stays where it does not start")
    func restarted() throws {
        for starts in [true, false] {
            try HostDirectory.with { host throws in
                try host.startServer(endsAt: "INT")
                try host.program("pg_ctl", starts ? "touch up; sleep 0.2" : "echo no room; exit 3")
                try host.program("pg_isready", #"[ "$*" = '-q -p 5432' ] && [ -e up ]"#)
                let ran = try host.run(commands(host, .pgCtl).heldRestart.first)
                #expect(ran == HostDirectory.Ran(status: starts ? 0 : 3, output: "", errors: starts ? "" : "no room\n"))
                #expect((host.record?.stop == nil) == starts)
            }
        }
    }

    @Test("a configuration that PostgreSQL would reject is taken back")
    func rejected() throws {
        try HostDirectory.with { host throws in
            try host.write("etc/postgresql.conf", "new")
            try host.write("etc/postgresql.conf.pgregent-backup", "old")
            try host.program("postgres", "true")
            let check = commands(host).set(ParameterBlock(settings: [], observed: nil, changes: []))[1]
            #expect(try host.run(check).status == 0)
            #expect(host.text("etc/postgresql.conf") == "new")
            try host.program("postgres", "echo 'bad value' >&2; exit 1")
            let ran = try host.run(check)
            #expect(ran.status == 1)
            #expect(
                ran.errors
                    == "PostgreSQL would reject \(host.path)/etc/postgresql.conf: bad value; the earlier file is back\n"
            )
            #expect(host.text("etc/postgresql.conf") == "old")
        }
    }

    @Test("what a standby has replayed is read from its control file")
    func replayed() throws {
        try HostDirectory.with { host throws in
            try host.program("pg_controldata", "echo 'max_connections setting:              100'")
            var spec = Declared.cluster(nodes: 3)
            spec.nodes[2] = host.node()
            for (amount, status) in [(100, Int32(0)), (99, 1)] {
                let condition = PostgreSQLCondition.hasReplayed("vm3", parameter: "max_connections", atMost: amount)
                let check = Actions(spec).check(condition, sentence: "", ByteSize(bytes: 0))
                #expect(try host.run(check).status == status)
            }
        }
    }

    // MARK: the watchdog

    @Test("a lonely primary is stopped by its watchdog, with a mark; the watchdog ends when it is told so")
    func watchdog() throws {
        try HostDirectory.with { host throws in
            var spec = Declared.cluster(nodes: 3)
            spec.failover.guard = true
            spec.failover.reconnectInterval = .seconds(1)
            spec.failover.reconnectAttempts = 1
            spec.pgbouncer = nil
            spec.barman = nil
            spec.nodes[2] = host.node()
            // No such hosts, and nobody streams.
            for index in [0, 1] { spec.nodes[index].host = "no such host's name.invalid" }
            try host.program("psql", "exit 0")
            try host.startServer(endsAt: "QUIT")
            let wanted = try #require(Watchdog(spec, spec.nodes[2]))
            #expect(wanted.script == Watchdog(spec, spec.nodes[2])?.script)
            try host.write("home/.pgregent/vm3.guard", wanted.script)
            let commands = WatchdogCommands(commands(host))
            let runs = Actions(spec).check(.watchdogRuns("vm3"), sentence: "", ByteSize(bytes: 0))
            #expect(try host.run(runs).status == 1)
            #expect(try host.run(commands.install(wanted, .stopped, observed: wanted.script).last).status == 0)
            _ = try host.run(
                "n=0; until [ -e home/.pgregent/vm3.guard.pid ] || [ $n = 200 ]; do n=$((n+1)); sleep 0.02; done")
            try host.write("started", (host.text("started") ?? "") + (host.text("home/.pgregent/vm3.guard.pid") ?? ""))
            _ = try host.run(
                "n=0; until grep -q guarded home/.pgregent/vm3 || [ $n = 300 ]; do n=$((n+1)); sleep 0.05; done; sleep 0.3"
            )
            #expect(host.record?.stop == RecordedStop(to: "vm3", phase: .guarded))
            #expect(host.names("main").isEmpty)
            #expect(host.lives("home/.pgregent/vm3.guard.pid"))
            #expect(try host.run(runs).status == 0)
            #expect(try host.run(commands.remove().first).status == 0)
            #expect(try host.run(runs).status == 1)
            #expect(host.text("home/.pgregent/vm3.guard.pid") == nil)
        }
    }

    // MARK: the probe

    @Test("a probe of a host tells what lies there")
    func probe() throws {
        try HostDirectory.with { host throws in
            try host.program("pg_controldata", "cat ../control 2>/dev/null || cat control; echo \"$LC_ALL\" >lc")
            try host.write("control", "Database system identifier: 7\nDatabase cluster state: shut down\n")
            let need = Observer.Need(parameters: [], roles: [], passwords: [:], backupRole: nil, passfile: [])
            let observer = Observer(node: host.node(), need: need)
            func facts() throws -> HostFacts {
                let ran = try host.run(HostProbe.script(observer.script))
                #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran.errors)")
                return observer.hostFacts(HostProbe.answers(ran.output), doors: FakeDoors())
            }
            #expect(try facts().dataDirectory == .missing)
            try host.write("main/.hidden", "")
            try host.write("main/two", "")
            #expect(try facts().dataDirectory == .other(entries: 2))
            try host.write("main/PG_VERSION", "15")
            try host.write("main/standby.signal", "")
            try host.write("main/pg_wal/000000030000000000000001", "")
            let failover = RecordedFailover(phase: .frozen, replaces: "vm1", fence: .stopped)
            try host.setRecord(
                HostDirectory.left(.clone), RecordedStop(to: "vm1", phase: .stopping).lines, "fenced=yes\n",
                failover.lines, "failover.time=100\n")
            try host.write("etc/postgresql.conf", "port = 5432\n")
            let seen = try facts()
            guard case .cluster(let control?) = seen.dataDirectory else {
                Issue.record("\(seen.dataDirectory)")
                return
            }
            #expect(control.systemIdentifier == "7" && control.timeline == 3)
            #expect(
                seen.hasStandbySignal && seen.isFenced && !seen.postmasterRuns && !seen.workRuns && !seen.watchdogRuns)
            #expect(seen.unfinishedWork == UnfinishedWork(.clone, process: "999999999 1"))
            #expect(seen.recordedStop == RecordedStop(to: "vm1", phase: .stopping))
            #expect(seen.recordedFailover?.withoutAge == failover)
            #expect(seen.recordedFailover.map { $0.age > .seconds(1_700_000_000) } == true)
            #expect(seen.configuration.text == "port = 5432\n" && seen.hba == .missing)
            #expect(!seen.missingPrograms.contains("pg_controldata"))
            #expect(seen.unwritable.isEmpty)
        }
    }
}
