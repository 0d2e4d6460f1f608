import ClusterModel
import HostAccess
import Planning
import PostgreSQL
import Rendering
import Systems
import TestKit
import Testing

extension Step {
    /// Whom its target is copied from, or follows.
    fileprivate var source: NodeName? {
        switch action {
        case .repmgr(.clone(let clone)): clone.upstream
        case .repmgr(.follow(let upstream, _, _)): upstream
        default: nil
        }
    }
}

/// What holds for every plan, whatever the state.
@Suite struct PlanProperties {
    @Test("planning twice gives the same plan", arguments: try ScenarioFile.all)
    func deterministic(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        #expect(scenario.plan == scenario.plan)
        let commands = ClusterCommands(scenario.spec)
        #expect(try commands.id(of: file.scenario().plan) == commands.id(of: scenario.plan))
    }

    @Test("no step stands before one that it waits for, and no id stands twice", arguments: try ScenarioFile.all)
    func ordered(_ file: ScenarioFile) throws {
        let steps = try file.scenario().plan.steps
        var seen: Set<StepID> = []
        for step in steps {
            let unseen = step.after.keys.filter { !seen.contains($0) }
            #expect(unseen.isEmpty, "\(step.id) waits for \(unseen.sorted())")
            #expect(seen.insert(step.id).inserted, "\(step.id) stands twice")
        }
    }

    @Test("nothing that waits for a held step may be run", arguments: try ScenarioFile.all)
    func heldSteps(_ file: ScenarioFile) throws {
        let plan = try file.scenario().plan
        let held = Set(plan.held.map(\.id))
        for step in plan.runnable { #expect(!step.waits(for: held), "\(step.id)") }
        #expect(plan.runnable.count + plan.held.count == plan.steps.count)
        for step in plan.held { #expect(step.heldBy?.reason.isEmpty == false, "\(step.id) is held without a reason") }
    }

    @Test("what can be done is done within three passes", arguments: try ScenarioFile.all)
    func converges(_ file: ScenarioFile) throws {
        var scenario = try file.scenario()
        // A failover takes three; one that waits for a standby to be started, or to get what another has, has that before it.
        let first = scenario.plan
        let starts =
            first.held.contains { $0.id.name == .clusterFailover }
            && first.runnable.contains { $0.id.name == .postgresqlStart }
        // So has a change of primary that is asked for while other things are due.
        let isPending = first.findings.contains { $0.code == .switchoverPending }
        let waits = starts || isPending || first.runnable.contains { $0.id.name == .postgresqlCatchUp }
        let passes = scenario.settle(limit: waits ? 4 : 3)
        #expect(passes != nil, "left: \(scenario.plan.runnable.map { "\($0.id) (\($0.words.detail))" })")
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
            scenario.apply(steps.prefix(count))
            #expect(scenario.settle(limit: 4) != nil, "after \(count) steps: \(scenario.plan.runnable.map(\.id))")
            #expect(scenario.plan == whole.plan, "after \(count) steps")
        }
    }

    @Test("no secret is shown", arguments: try ScenarioFile.all)
    func secrets(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let (spec, plan) = (scenario.spec, scenario.plan)
        let texts = [
            PlanText(plan, spec, colour: false).text(diffs: true), PlanJSON(plan, spec).text, "\(plan)",
        ]
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
        for step in scenario.plan.runnable where step.action.isOfServer {
            #expect(!foreign.contains(step.target), "\(step.id)")
            if let source = step.source { #expect(!foreign.contains(source), "\(step.id) from \(source)") }
        }
        for step in scenario.plan.runnable where step.id.name == .pgbouncerRewrite {
            for name in foreign {
                #expect(!step.words.detail.contains("-> \(name)"), "\(step.id): \(step.words.detail)")
            }
        }
    }

    @Test("nothing is copied from, or follows, a node before that node runs", arguments: try ScenarioFile.all)
    func upstreamFirst(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        for step in plan.steps where step.id.name == .repmgrClone || step.id.name == .repmgrFollow {
            let first: Set<ActionName> = [.postgresqlStart, .postgresqlCreate, .postgresqlHBA, .postgresqlRestart]
            for other in plan.steps where other.target == step.source && first.contains(other.id.name) {
                #expect(step.after[other.id] != nil, "\(step.id) and \(other.id)")
            }
        }
    }

    @Test("a node that others stream from is stopped after they have moved", arguments: try ScenarioFile.all)
    func leavingUpstream(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        for stop in plan.steps where stop.id.name == .postgresqlStop {
            let movers = plan.steps.filter { step in
                step.id.name == .repmgrFollow
                    && scenario.snapshot.streamsFrom(step.target, scenario.spec) == stop.target
            }
            for mover in movers { #expect(stop.after[mover.id] != nil, "\(stop.id) and \(mover.id)") }
        }
    }

    @Test(
        "while it is not certain who the primary is, nothing restarts, stops, is copied or goes",
        arguments: try ScenarioFile.all)
    func uncertain(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let plan = scenario.plan
        guard plan.primary == nil,
            !plan.steps.contains(where: {
                [.postgresqlCreate, .postgresqlRecover, .postgresqlPromote].contains($0.id.name)
            })
        else {
            return
        }
        let risky = plan.runnable.filter { step in
            // The old primary of a failover is fenced: that is the decision itself.
            guard step.cause != .failover else { return false }
            // Where nobody takes writes a stopped standby has nobody wrong to follow, and its log counts.
            if step.id.name == .postgresqlStart, scenario.snapshot.writable(scenario.spec).isEmpty {
                return false
            }
            return step.change == .destroy || (step.action.system == .postgresql && step.disruption >= .restart)
                || [.repmgrClone, .repmgrFollow, .postgresqlStart].contains(step.id.name)
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
            for step in plan.runnable where step.has(.changesPrimary) && step.cause == .failover {
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
            scenario.apply(plan.runnable)
        }
    }
}
