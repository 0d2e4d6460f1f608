import ClusterModel
import HostAccess
import Planning
import Systems
import TestKit
import Testing

@testable import PostgreSQL

/// A switchover is noted on the hosts of the other standbys while it lasts.
@Suite struct RecordedSwitchoverTests {
    private static let seen = Switchover(from: "vm1", to: "vm2")

    /// What vm3's record tells once the end of the seen switchover was noticed there.
    private func left(lies switchover: Switchover?, streams: Bool, isStandby: Bool = true) throws -> Switchover? {
        try HostDirectory.with { host throws in
            var cluster = Scenario.healthy(nodes: 3)
            cluster.edit(isStandby ? "vm3" : "vm1") { $0.recordedSwitchover = Self.seen }
            for index in cluster.spec.nodes.indices {
                cluster.spec.nodes[index].postgresql = host.node().postgresql
                cluster.spec.nodes[index].postgresql.recordDirectory = "~/.pgregent"
            }
            try host.write(
                "home/.pgregent/\(isStandby ? "vm3" : "vm1")", HostRecord.version + "\n" + (switchover?.lines ?? ""))
            try host.program("psql", "echo \(streams ? "t" : "f")")
            let plan = PlanMaker.plan(cluster.spec, cluster.snapshot)
            let step = try #require(plan.steps.first { $0.id.name == .postgresqlEndSwitchover })
            _ = try host.run(ClusterCommands(cluster.spec).operations(step).first)
            let text = host.text("home/.pgregent/\(isStandby ? "vm3" : "vm1")") ?? ""
            return HostRecord(text: text, now: nil)?.switchover
        }
    }

    @Test("what was seen goes from where its standby streams, and from the primary")
    func removed() throws {
        #expect(try left(lies: Self.seen, streams: true) == nil)
        #expect(try left(lies: Self.seen, streams: false, isStandby: false) == nil)
        #expect(try left(lies: nil, streams: true) == nil)
    }

    @Test("another switchover stays, and so does that of a standby that was detached since the observation")
    func kept() throws {
        let other = Switchover(from: "vm2", to: "vm1")
        #expect(try left(lies: other, streams: true) == other)
        #expect(try left(lies: other, streams: true, isStandby: false) == other)
        #expect(try left(lies: Self.seen, streams: false) == Self.seen)
    }

    @Test("a standby is detached only with its note, where it could be noted")
    func detached() {
        let told = "the host of vm3 is told of the switchover"
        var away = Scenario.healthy(nodes: 3)
        away.spec.preferredPrimary = .node("vm2")
        let detach = { (cluster: Scenario) in
            PlanMaker.plan(cluster.spec, cluster.snapshot).steps.first { $0.id == StepID(.postgresqlDetach, "vm3") }
        }
        #expect(detach(away)?.postconditions.map { $0.sentence(away.spec) }.last == told)
        // It answers over libpq alone: nothing could be noted there, and nothing is asked there.
        away.snapshot.postgresql["vm3"]?.host = .unknown(reason: "ssh refused")
        away.snapshot.unreached["vm3"] = ShellFailure(.unreachable, host: "vm3", "ssh refused")
        let steps = PlanMaker.plan(away.spec, away.snapshot).steps
        #expect(!steps.contains { $0.target == "vm3" && $0.id.name == .postgresqlNote })
        #expect(detach(away)?.postconditions.contains { $0.sentence(away.spec) == told } != true)
    }
}
