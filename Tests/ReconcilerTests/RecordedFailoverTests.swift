import ClusterModel
import HostAccess
import Planning
import Systems
import TestKit
import Testing

@testable import PostgreSQL

/// A mark of a failover takes the place of the one that the observation saw, and of no other.
@Suite struct RecordedFailoverTests {
    private static let other = RecordedFailover(phase: .frozen, replaces: "vm3", fence: .command, chosen: "vm1")

    /// What vm3's record tells when vm2 is noted as the successor of vm1.
    private func noted(seen: RecordedFailover?, lies lines: String) throws -> RecordedFailover? {
        try HostDirectory.with { host throws in
            try host.setRecord(lines)
            let note = FailoverNote(
                Failover(from: "vm1", to: "vm2", fence: .stopped), isFrozen: false, replaces: FailoverReplacement(seen))
            _ = try host.run(NodeCommands(node: host.node(), database: "repmgr").note(note))
            return host.record?.failover
        }
    }

    @Test("it is written where nothing was, where the seen one lies, and over rubbish")
    func written() throws {
        let mark = RecordedFailover(phase: .frozen, replaces: "vm1", fence: .stopped, chosen: "vm2")
        let left = [
            try noted(seen: nil, lies: ""), try noted(seen: Self.other, lies: Self.other.lines),
            try noted(seen: Self.other, lies: ""),
        ].compactMap { $0 }
        #expect(left.map(\.words) == Array(repeating: mark.words, count: 3))
        // Each is another one, whatever its words.
        #expect(Set(left.compactMap(\.id)).count == 3)
        // One that the same plan has written is known by its words alone.
        let own = try #require(try noted(seen: nil, lies: ""))
        #expect(try noted(seen: mark, lies: own.lines)?.id != own.id)
    }

    @Test("it is not written over one that came since the observation")
    func refused() throws {
        #expect(try noted(seen: nil, lies: Self.other.lines) == Self.other)
        let older = RecordedFailover(phase: .frozen, replaces: "vm3", fence: .command)
        #expect(try noted(seen: older, lies: Self.other.lines) == Self.other)
        // Two pgregents chose vm2 one after the other, one of them vm3 in between: the words are the same again.
        var (first, second) = (Self.other, Self.other)
        (first.id, second.id) = ("1", "2")
        #expect(try noted(seen: first, lies: second.lines) == second)
        #expect(try noted(seen: first, lies: first.lines) != first)
    }

    @Test(
        "a stopped receiver goes on only where no other failover has gone on, and is noted only where none has let it go on"
    )
    func unlessAnotherFailover() throws {
        var cluster = Scenario.healthy(nodes: 3)
        cluster.spec.failover.mode = .automatic
        for name in ["vm2", "vm3"] {
            cluster.disconnect(name)
            cluster.editServer(name) { $0.parameters["primary_conninfo"] = Parameter(value: "") }
            cluster.edit(name) {
                $0.recordedFailover = RecordedFailover(phase: .frozen, replaces: "vm1", fence: .stopped)
            }
        }
        let back = PlanMaker.plan(cluster.spec, cluster.snapshot).steps.filter { $0.id.name == .postgresqlAttach }
        #expect(back.map(\.target) == ["vm2", "vm3"])
        let question = { (name: NodeName) in "no other failover has left its mark on \(name)" }
        for step in back { #expect(step.preconditions.map { $0.sentence(cluster.spec) } == [question(step.target)]) }
        #expect(back.allSatisfy { $0.after[StepID(.postgresqlAttach, "vm3")] == nil })
        var chosen = cluster
        chosen.edit("vm2") { $0.recordedFailover?.chosen = "vm3" }
        let ordered = PlanMaker.plan(chosen.spec, chosen.snapshot).steps.filter { $0.id.name == .postgresqlAttach }
        #expect(ordered.map(\.target) == ["vm3", "vm2"])
        #expect(ordered.last?.after[StepID(.postgresqlAttach, "vm3")] == .chosenGoesOnFirst)
        #expect(ordered.last?.preconditions.map { $0.sentence(cluster.spec) } == [question("vm2"), question("vm3")])
        // Seen before its promotion, and its mark after: it has to show that it is a standby all the same.
        var promoting = cluster
        promoting.edit("vm3") { $0.recordedFailover?.phase = .promoting }
        let after = PlanMaker.plan(promoting.spec, promoting.snapshot).steps.filter { $0.id.name == .postgresqlAttach }
        #expect(after.map(\.target) == ["vm3", "vm2"])
        #expect(after.last?.after[StepID(.postgresqlAttach, "vm3")] == .chosenGoesOnFirst)
        #expect(after.last?.preconditions.map { $0.sentence(cluster.spec) } == [question("vm2"), question("vm3")])
        // Its stream has not ended yet: the setting alone proves nothing.
        var ending = chosen
        let receiver = Scenario.healthy(nodes: 3).snapshot.server("vm3")?.receiver
        ending.editServer("vm3") { $0.receiver = receiver }
        let proven = PlanMaker.plan(ending.spec, ending.snapshot).steps.filter { step in
            step.has(.leadsReceiver)
        }
        #expect(proven.map(\.id.description) == ["postgresql.attach.vm3", "postgresql.attach.vm2"])
        #expect(proven.last?.after[StepID(.postgresqlAttach, "vm3")] == .chosenGoesOnFirst)
        #expect(
            proven.first?.postconditions.map { $0.sentence(cluster.spec) } == ["vm3 is a standby and has an upstream"])
        // Who is about to be promoted was seen as it was before that, and has to show that it was told again where to receive from.
        var mixed = chosen
        let conninfo = Scenario.healthy(nodes: 3).snapshot.server("vm3")?.parameters["primary_conninfo"]
        mixed.editServer("vm3") { $0.parameters["primary_conninfo"] = conninfo }
        let late = PlanMaker.plan(mixed.spec, mixed.snapshot).steps.filter { $0.id.name == .postgresqlAttach }
        #expect(
            late.map { $0.preconditions.map { $0.sentence(cluster.spec) }.suffix(1) } == [
                ["vm3 is a standby and has an upstream"]
            ])
        // Chosen one after the other, as different hosts tell: neither waits for the other.
        chosen.edit("vm3") { $0.recordedFailover?.chosen = "vm2" }
        let both = PlanMaker.plan(chosen.spec, chosen.snapshot).steps.filter { $0.id.name == .postgresqlAttach }
        #expect(both.count == 2)
        #expect(both.allSatisfy { step in !step.after.keys.contains { $0.name == .postgresqlAttach } })
        // Stopped by something else, and by now perhaps frozen by another.
        var detached = Scenario.healthy(nodes: 3)
        detached.editServer("vm3") { $0.parameters["primary_conninfo"] = Parameter(value: "") }
        // It has not come to ending its stream: repmgr would take it for a follower.
        let lingering = PlanMaker.plan(detached.spec, detached.snapshot).steps
        #expect(lingering.map(\.id.description) == ["postgresql.attach.vm3"])
        #expect(lingering.map { $0.preconditions.map { $0.sentence(cluster.spec) } } == [[question("vm3")]])
        detached.disconnect("vm3")
        let unmarked = PlanMaker.plan(detached.spec, detached.snapshot).steps.filter { $0.id.name == .repmgrFollow }
        #expect(unmarked.map { $0.preconditions.map { $0.sentence(cluster.spec) } } == [[question("vm3")]])
        try cluster.kill("vm1")
        cluster.edit("vm1") { $0.isFenced = true }
        let notes = PlanMaker.plan(cluster.spec, cluster.snapshot).steps.filter { $0.id.name == .postgresqlNote }
        #expect(notes.map(\.target) == ["vm1", "vm3"])
        #expect(
            notes.map { $0.preconditions.map { $0.sentence(cluster.spec) } } == [
                [], ["vm3 is a standby and receives nothing"],
            ])
    }

    @Test("what the promotion takes for stopped is asked once more when its host was told")
    func stillStopped() throws {
        try HostDirectory.with { host throws in
            let left = UnfinishedWork(.rewind, process: "999999999 1")
            try host.write("main/PG_VERSION", "15")
            #expect(try isStillStopped(host, seen: nil, lies: nil))
            #expect(try isStillStopped(host, seen: left, lies: left))
            #expect(try !isStillStopped(host, seen: nil, lies: left))
            #expect(try !isStillStopped(host, seen: left, lies: UnfinishedWork(.clone, process: "999999999 2")))
            // A copy that is over: its server runs, and nothing is recorded any more.
            try host.startServer()
            #expect(try !isStillStopped(host, seen: nil, lies: nil))
        }
    }

    /// - Parameter seen: the unfinished work in the observation; `lies`: what the record says now.
    private func isStillStopped(_ host: HostDirectory, seen: UnfinishedWork?, lies: UnfinishedWork?) throws -> Bool {
        try host.setRecord(lies?.lines ?? "")
        var spec = Declared.cluster(nodes: 3)
        spec.nodes[2] = host.node()
        let condition = PostgreSQLCondition.nothingBegun("vm3", since: seen)
        return try host.run(Actions(spec).check(condition, sentence: "", ByteSize(bytes: 0))).status == 0
    }

    @Test("who was promoted before the last one, had no power then and comes back, is not the one that is lost")
    func promotedBefore() throws {
        var cluster = Scenario.healthy(nodes: 3)
        cluster.spec.failover.mode = .automatic
        cluster.spec.failover.minimumInterval = .zero
        cluster.spec.durability.mode = .quorum
        try cluster.kill("vm1")
        try cluster.stop("vm2")
        cluster.edit("vm1") {
            $0.recordedFailover = RecordedFailover(phase: .promoting, replaces: "vm2", fence: .quorum)
        }
        cluster.edit("vm2") { host in
            host.dataDirectory = .cluster(Facts.controlData(state: "shut down", timeline: 2))
            host.hasStandbySignal = false
            host.isFenced = true
            host.recordedFailover = RecordedFailover(phase: .promoting, replaces: "vm1", fence: .quorum)
        }
        cluster.disconnect("vm3")
        cluster.edit("vm3") { $0.recordedFailover = RecordedFailover(phase: .frozen, replaces: "vm2", fence: .stopped) }
        cluster.editServer("vm3") { server in
            server.timeline = 2
            server.parameters["primary_conninfo"] = Parameter(value: "")
        }
        #expect(PrimaryLoss(cluster.spec, cluster.snapshot)?.node == "vm2")
        cluster.snapshot.suspicion = Suspicion(node: "vm2", silentFor: .seconds(3), attempts: 3, votes: [:])
        let plan = PlanMaker.plan(cluster.spec, cluster.snapshot)
        #expect(
            plan.runnable.contains { $0.id == StepID(.postgresqlPromote, "vm3") },
            "\(plan.findings) \(plan.steps.map(\.id))")
    }
}
