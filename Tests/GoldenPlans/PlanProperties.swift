import ClusterModel
import HostAccess
import Planning
import PostgreSQL
import Rendering
import TestKit
import Testing

/// What holds for every plan, whatever the state.
@Suite struct PlanProperties {
    @Test("planning twice gives the same plan", arguments: try ScenarioFile.all)
    func deterministic(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        #expect(scenario.plan == scenario.plan)
        #expect(try file.scenario().plan.id == scenario.plan.id)
    }

    @Test("no step stands before one that it waits for, and no id stands twice", arguments: try ScenarioFile.all)
    func ordered(_ file: ScenarioFile) throws {
        let steps = try file.scenario().plan.steps
        var seen: Set<String> = []
        for step in steps {
            #expect(step.after.isSubset(of: seen), "\(step.id) waits for \(step.after.subtracting(seen).sorted())")
            #expect(seen.insert(step.id).inserted, "\(step.id) stands twice")
        }
    }

    @Test("nothing that waits for a held step may be run", arguments: try ScenarioFile.all)
    func heldSteps(_ file: ScenarioFile) throws {
        let plan = try file.scenario().plan
        let held = Set(plan.held.map(\.id))
        for step in plan.runnable { #expect(step.after.isDisjoint(with: held), "\(step.id)") }
        #expect(plan.runnable.count + plan.held.count == plan.steps.count)
        for step in plan.held { #expect(step.heldBy?.reason.isEmpty == false, "\(step.id) is held without a reason") }
    }

    @Test("what can be done is done within three passes", arguments: try ScenarioFile.all)
    func converges(_ file: ScenarioFile) throws {
        var scenario = try file.scenario()
        // A failover takes three; one that waits for a standby to be started, or to get what another has, has that before it.
        let first = scenario.plan
        let starts = first.held.contains { $0.action == "failover" } && first.runnable.contains { $0.action == "start" }
        // So has a change of primary that is asked for while other things are due.
        let isPending = first.findings.contains { $0.code == .switchoverPending }
        let waits = starts || isPending || first.runnable.contains { $0.action == "catch-up" }
        let passes = scenario.settle(limit: waits ? 4 : 3)
        #expect(passes != nil, "left: \(scenario.plan.runnable.map { "\($0.id) (\($0.detail))" })")
    }

    @Test(
        "a run that ends after any step is finished by the next one, with the same result",
        arguments: try ScenarioFile.all)
    func continued(_ file: ScenarioFile) throws {
        let start = try file.scenario()
        var whole = start
        whole.settle()
        let steps = start.plan.runnable
        // Every prefix of a short plan, seven of a long one.
        for count in stride(from: 1, to: max(2, steps.count), by: max(1, steps.count / 7)) {
            var scenario = start
            for step in steps.prefix(count) { ModelCluster.apply(step, to: &scenario) }
            #expect(scenario.settle(limit: 4) != nil, "after \(count) steps: \(scenario.plan.runnable.map(\.id))")
            #expect(scenario.plan == whole.plan, "after \(count) steps")
        }
    }

    @Test("no secret is shown", arguments: try ScenarioFile.all)
    func secrets(_ file: ScenarioFile) throws {
        let plan = try file.scenario().plan
        let texts = [PlanText(plan, colour: false).text(diffs: true), PlanJSON(plan).text, "\(plan)"]
        for text in texts { #expect(!text.contains("stored-secret"), "\(file.path)") }
    }

    @Test("nothing is taken away while something declared is unseen", arguments: try ScenarioFile.all)
    func incomplete(_ file: ScenarioFile) throws {
        let plan = try file.scenario().plan
        if !plan.complete { #expect(plan.runnable.filter { $0.change == .destroy }.map(\.id) == []) }
    }

    @Test("another cluster's data is not touched, and nothing is copied from it", arguments: try ScenarioFile.all)
    func foreign(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let foreign = scenario.spec.dataNodes.map(\.name).filter { name in
            scenario.snapshot.systemIdentifier(name).map { $0 != Scenario.identifier } ?? false
        }
        for step in scenario.plan.runnable where ["postgresql", "repmgr"].contains(step.reconciler) {
            #expect(!foreign.contains(step.target), "\(step.id)")
            if step.action == "clone" || step.action == "follow" {
                for name in foreign { #expect(!step.summary.contains(name), "\(step.id) from \(name)") }
            }
        }
        for step in scenario.plan.runnable where step.reconciler == "pgbouncer" && step.action == "rewrite" {
            for name in foreign { #expect(!step.detail.contains("-> \(name)"), "\(step.id): \(step.detail)") }
        }
    }

    @Test("nothing is copied from, or follows, a node before that node runs", arguments: try ScenarioFile.all)
    func upstreamFirst(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        for step in plan.steps where step.id.hasPrefix("repmgr.clone.") || step.id.hasPrefix("repmgr.follow.") {
            let words = step.summary.split(whereSeparator: { " ,".contains($0) })
            let upstream = scenario.spec.nodes.first { words.contains(Substring($0.name)) }
            for other in plan.steps
            where other.target == upstream?.name && ["start", "create", "hba", "restart"].contains(other.action) {
                guard other.reconciler == "postgresql" else { continue }
                #expect(step.after.contains(other.id), "\(step.id) and \(other.id)")
            }
        }
    }

    @Test("a node that others stream from is stopped after they have moved", arguments: try ScenarioFile.all)
    func leavingUpstream(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        for stop in plan.steps where stop.id.hasPrefix("postgresql.stop.") {
            let movers = plan.steps.filter { step in
                step.id.hasPrefix("repmgr.follow.")
                    && scenario.snapshot.streamsFrom(step.target, scenario.spec) == stop.target
            }
            for mover in movers { #expect(stop.after.contains(mover.id), "\(stop.id) and \(mover.id)") }
        }
    }

    @Test(
        "while it is not certain who the primary is, nothing restarts, stops, is copied or goes",
        arguments: try ScenarioFile.all)
    func uncertain(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        guard plan.primary == nil,
            !plan.steps.contains(where: { ["create", "recover", "promote"].contains($0.action) })
        else {
            return
        }
        let risky = plan.runnable.filter { step in
            // The old primary of a failover is fenced: that is the decision itself.
            guard step.cause != .failover else { return false }
            // Where nobody takes writes a stopped standby has nobody wrong to follow, and its log counts.
            if step.id.hasPrefix("postgresql.start."), scenario.snapshot.writable(scenario.spec).isEmpty {
                return false
            }
            return step.change == .destroy || (step.reconciler == "postgresql" && step.disruption >= .restart)
                || ["clone", "follow", "start", "resume"].contains(step.action) && step.reconciler != "pgbouncer"
        }
        #expect(risky.map(\.id) == [])
    }

    @Test(
        "nobody is promoted while a seen node takes writes, a receiver runs, or the old primary's host could be stopped and was not",
        arguments: try ScenarioFile.all)
    func promotion(_ file: ScenarioFile) throws {
        var scenario = try file.scenario()
        for _ in 0..<4 {
            let plan = scenario.plan
            for step in plan.runnable where step.action == "promote" && step.cause == .failover {
                #expect(scenario.snapshot.writable(scenario.spec).isEmpty, "\(step.id)")
                for node in scenario.spec.dataNodes {
                    if let server = scenario.snapshot.server(node.name) {
                        #expect(server.receiver == nil, "\(step.id): \(node.name) receives")
                    }
                    if let host = scenario.snapshot.host(node.name), !host.hasStandbySignal {
                        #expect(host.isFenced && !host.postmasterRuns, "\(step.id): \(node.name) is not fenced")
                    }
                }
            }
            for step in plan.runnable { ModelCluster.apply(step, to: &scenario) }
        }
    }
}
