import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import TestKit

/// One round of pgregent: look, make sure, plan, and do what may be done.
struct Pass {
    /// What can go wrong while steps are done.
    struct Luck {
        /// Pgregent is killed before this step.
        var diesBefore: Int?
        /// This step is done by half.
        var half: Int?
        /// This step is done, and no answer comes.
        var unanswered: Int?
    }

    /// - Returns: whether there was anything to do.
    static func run(_ world: inout World, _ luck: Luck, between: (inout World, Int) throws -> Void) throws -> Bool {
        world.seen = Set(world.spec.dataNodes.map(\.name).filter { world.reaches($0) })
        let plan = plan(world)
        var done: Set<String> = []
        for (index, step) in plan.runnable.enumerated() {
            if index == luck.diesBefore {
                world.tell("pgregent is killed before \(step.id)")
                return true
            }
            try between(&world, index)
            guard step.after.isSubset(of: done), reaches(step, world) else {
                world.tell("  \(step.id) is not begun")
                continue
            }
            let isHalf = index == luck.half
            try perform(step, isHalf: isHalf, &world)
            world.settleStreams()
            world.tell("  \(step.id) (\(step.summary))\(isHalf ? ", by half" : "")")
            if !isHalf, index != luck.unanswered { done.insert(step.id) }
            world.write()
            try Checkers.always(world)
        }
        if plan.runnable.isEmpty {
            for finding in plan.findings { world.tell("  \(finding.subject): \(finding.code.rawValue)") }
            for step in plan.held { world.tell("  \(step.id) is held: \(step.heldBy?.reason ?? "")") }
        }
        return !plan.runnable.isEmpty
    }

    /// As `Lookout` does: a primary that may be lost is asked for again, and the others are asked what they see.
    static func plan(_ world: World) -> Plan {
        var view = world.view()
        if let loss = PrimaryLoss(view.spec, view.snapshot), loss.mayBeConfirmed {
            var votes: [NodeName: Suspicion.Vote] = [:]
            for node in world.spec.dataNodes where node.name != loss.node {
                votes[node.name] = vote(of: node.name, on: loss.node, world)
            }
            view.snapshot.suspicion = Suspicion(
                node: loss.node, silentFor: .seconds(3), attempts: world.spec.failover.reconnectAttempts, votes: votes)
        }
        return PlanMaker.plan(view.spec, view.snapshot, request: nil)
    }

    private static func vote(of voter: NodeName, on primary: NodeName, _ world: World) -> Suspicion.Vote {
        guard world.reaches(voter) else { return .unknown("no answer over SSH") }
        let answers = world.links(voter, primary) && world.server(primary) != nil
        return answers ? .sees("its server answers there") : .lost("pg_isready has no response")
    }

    private static func reaches(_ step: Step, _ world: World) -> Bool {
        step.operations.allSatisfy { operation in
            if case .local = operation.work { return true }
            return world.spec.node(operation.host) == nil || world.reaches(operation.host)
        }
    }

    private static func perform(_ step: Step, isHalf: Bool, _ world: inout World) throws {
        let name = step.target
        switch (step.reconciler, step.action) {
        case ("postgresql", "fence"):
            if case .local? = step.operations.first?.work {
                // The host is off.
                if world.server(name) != nil { try world.truth.kill(name) }
            } else if isHalf {
                world.truth.edit(name) { $0.isFenced = true }
            } else {
                ModelCluster.apply(step, to: &world.truth)
                world.handMade.remove(name)
            }
        case ("postgresql", "promote"): try promote(step, isHalf: isHalf, &world)
        case ("repmgr", "rejoin"), ("repmgr", "clone"):
            guard !isHalf else { return }
            let source = world.spec.dataNodes.first { node in
                world.takesWrites(node.name) && step.summary.contains(node.name)
            }
            guard let source, world.links(name, source.name) else { return }
            world.logs[name] = world.logs[source.name]
            ModelCluster.apply(step, to: &world.truth)
        default:
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        }
    }

    /// The guards are asked of what is so, just before.
    private static func promote(_ step: Step, isHalf: Bool, _ world: inout World) throws {
        let name = step.target
        guard let server = world.server(name), server.inRecovery, server.receiver == nil,
            server.parameters["primary_conninfo"]?.value == ""
        else { return }
        let old = world.spec.dataNodes.first { step.summary.hasSuffix("in place of \($0.name)") }
        if let old, step.guards.count > 1, world.truth.snapshot.host(old.name)?.postmasterRuns == true { return }
        try Checkers.promotion(of: name, insteadOf: old?.name, world)
        if isHalf {
            world.truth.edit(name) { $0.failoverMark?.phase = .promoting }
        } else {
            ModelCluster.apply(step, to: &world.truth)
            world.startsWriting(name)
        }
    }
}
