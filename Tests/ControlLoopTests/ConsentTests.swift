import ClusterModel
import Planning
import TestKit
import Testing

@testable import ControlLoop

/// A yes covers what was shown.
@Suite struct ConsentTests {
    private let rewrite = Step(.postgresql(.reload(unread: [])), on: "vm3", cause: .drift)
    private let stale = Step(.postgresql(.dropStaleSlots(["repmgr_slot_9"])), on: "vm1", cause: .repair)
    private let begun = Step(.postgresql(.reserveSlots(["repmgr_slot_1"])), on: "vm2", cause: .switchover)

    private func plan(_ steps: [Step]) -> Plan {
        Plan(
            cluster: "vm95", primary: "vm1", timeline: 1, nodesDeclared: 3, nodesObserved: 3, findings: [], steps: steps
        )
    }

    @Test("what destroys, and what begins a change of primary, is left unless it was agreed to; the rest is done")
    func left() async {
        let after = rewrite.after([stale.id], .clientsBeforeTheRest)
        var agreed = Agreed(.steps([], ask: { _ in false }))
        #expect(await agreed.part(of: plan([rewrite, stale, begun])).steps == [rewrite])
        #expect(agreed.refused == [stale.id, begun.id])
        // What waits for it waits.
        #expect(await agreed.part(of: plan([stale, after])).steps.isEmpty)
    }

    @Test("nobody is asked while clients are held: what needs consent is left, and asked for afterwards")
    func held() async {
        var agreed = Agreed(.steps([], ask: { _ in true }))
        #expect(await agreed.part(of: plan([rewrite, stale]), mayAsk: false).steps == [rewrite])
        #expect(agreed.refused.isEmpty)
        #expect(await agreed.part(of: plan([stale])).steps == [stale])
    }

    @Test("what was shown is not asked for again")
    func shown() async {
        var agreed = Agreed(.steps([stale.id], ask: { _ in false }))
        #expect(await agreed.part(of: plan([rewrite, stale])).steps == [rewrite, stale])
    }

    @Test("a yes to the second question counts, and everything is done where everything was agreed to")
    func yes() async {
        var agreed = Agreed(.steps([], ask: { _ in true }))
        #expect(await agreed.part(of: plan([stale, begun])).steps == [stale, begun])
        var all = Agreed(.everything)
        #expect(await all.part(of: plan([stale])).steps == [stale])
    }
}

/// What a plan makes due in its course.
@Suite struct ForecastTests {
    @Test(
        "a failover's preparation leads to the promotion of the most advanced standby, and to the old primary's rejoin")
    func failover() throws {
        var scenario = Scenario.healthy(nodes: 3)
        try scenario.kill("vm1")
        let request = Failover.Request.command(to: nil, acceptDataLoss: false)
        let plan = PlanMaker.plan(scenario.spec, scenario.snapshot, request: nil, failover: request)
        #expect(plan.steps.map(\.id.name) == [.postgresqlFence, .postgresqlFreeze, .postgresqlFreeze])
        let later = Forecast.steps(after: plan, scenario.spec, scenario.snapshot, request: nil, failover: request)
        #expect(later.contains { $0.id == StepID(.postgresqlPromote, "vm2") })
        #expect(later.contains { $0.target == "vm1" && $0.id.name == .repmgrRejoin })
        #expect(Set(later.map(\.id)).isDisjoint(with: plan.steps.map(\.id)))
    }

    @Test("nothing follows a plan that leaves nothing to do")
    func nothing() {
        let scenario = Scenario.healthy(nodes: 3)
        #expect(
            Forecast.steps(
                after: scenario.plan, scenario.spec, scenario.snapshot, request: .preference, failover: .policy
            ).isEmpty)
    }
}

/// Who wants to do something between two rounds of the daemon.
@Suite struct TurnsTests {
    @Test("each gets its turn in the order of asking, and who asks rings")
    func order() async {
        let turns = Turns()
        let (rings, ringing) = AsyncStream.makeStream(of: Void.self)
        turns.listen { ringing.yield() }
        async let first = turns.take { 1 }
        var ring = rings.makeAsyncIterator()
        await ring.next()
        async let second = turns.take { 2 }
        await ring.next()
        await turns.next()?()
        #expect(await first == 1)
        await turns.next()?()
        #expect(await second == 2)
        #expect(turns.next() == nil)
    }

    @Test("nobody waits for a daemon that has ended")
    func end() async {
        let turns = Turns()
        let (rings, ringing) = AsyncStream.makeStream(of: Void.self)
        turns.listen { ringing.yield() }
        async let waiting = turns.take { 1 }
        var ring = rings.makeAsyncIterator()
        await ring.next()
        turns.end()
        #expect(await waiting == nil)
        #expect(await turns.take { 2 } == nil)
    }
}
