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

    /// - Parameters:
    ///   - actor: which pgregent it is.
    ///   - request: a person asks for a change of primary.
    /// - Returns: whether there was anything to do.
    static func run(
        _ world: inout World, _ luck: Luck, actor: Int = 0, request: Switchover.Request? = nil,
        between: (inout World, Int) throws -> Void
    ) throws -> Bool {
        world.actor = actor
        let seen = Set(world.nodes.map(\.name).filter { world.reaches($0) })
        let servers = seen.filter { world.server($0) != nil }
        let plan = plan(world, request: request)
        let marks = Dictionary(
            world.nodes.map { ($0.name, world.truth.snapshot.host($0.name)?.failoverMark) }
        ) { $1 }
        var done: Set<String> = []
        for (index, step) in plan.runnable.enumerated() {
            if index == luck.diesBefore {
                world.tell("pgregent is killed before \(step.id)")
                return true
            }
            try between(&world, index)
            (world.actor, world.seen, world.seenServers) = (actor, seen, servers)
            guard step.after.isSubset(of: done), reaches(step, world) else {
                world.tell("  \(step.id) is not begun")
                continue
            }
            let isHalf = index == luck.half
            let isDone = try keepsMark(step, marks, world) && perform(step, isHalf: isHalf, &world) && !isHalf
            world.settleStreams()
            world.tell("  \(step.id) (\(step.summary))\(isHalf ? ", by half" : isDone ? "" : ", refused")")
            if isDone, index != luck.unanswered { done.insert(step.id) }
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
    static func plan(_ world: World, request: Switchover.Request? = nil) -> Plan {
        var view = world.view()
        if let loss = PrimaryLoss(view.spec, view.snapshot), loss.mayBeConfirmed {
            var votes: [NodeName: Suspicion.Vote] = [:]
            for node in world.nodes where node.name != loss.node {
                votes[node.name] = vote(of: node.name, on: loss.node, world)
            }
            view.snapshot.suspicion = Suspicion(
                node: loss.node, silentFor: .seconds(3), attempts: world.spec.failover.reconnectAttempts, votes: votes)
        }
        return PlanMaker.plan(view.spec, view.snapshot, request: request)
    }

    private static func vote(of voter: NodeName, on primary: NodeName, _ world: World) -> Suspicion.Vote {
        guard world.reaches(voter) else { return .unknown("no answer over SSH") }
        let answers = world.links(voter, primary) && world.server(primary) != nil
        return answers ? .sees("its server answers there") : .lost("pg_isready has no response")
    }

    private static func reaches(_ step: Step, _ world: World) -> Bool {
        step.operations.allSatisfy { operation in
            if case .local = operation.work { return true }
            if case .session = operation.work, world.server(operation.host) == nil { return false }
            return world.spec.node(operation.host) == nil || world.reaches(operation.host)
        }
    }

    /// A mark of a failover takes the place of the one that the look saw, and of no other.
    private static func keepsMark(_ step: Step, _ marks: [NodeName: FailoverMark?], _ world: World) -> Bool {
        guard step.operations.contains(where: { $0.title.hasPrefix("mark \(step.target): ") }) else { return true }
        return step.action == "fence" || marks[step.target] == world.truth.snapshot.host(step.target)?.failoverMark
    }

    /// - Returns: whether its guards let it be done.
    private static func perform(_ step: Step, isHalf: Bool, _ world: inout World) throws -> Bool {
        let name = step.target
        switch (step.reconciler, step.action) {
        case ("postgresql", "fence"):
            if case .local? = step.operations.first?.work {
                // The host is off.
                if world.server(name) != nil { try world.truth.kill(name) }
                world.turnedOff.insert(name)
            } else if isHalf {
                world.truth.edit(name) { $0.isFenced = true }
            } else {
                ModelCluster.apply(step, to: &world.truth)
                world.handMade.remove(name)
            }
        case ("postgresql", "demote"): return try demote(step, isHalf: isHalf, &world)
        case ("postgresql", "promote") where step.cause == .switchover:
            return try succeed(step, isHalf: isHalf, &world)
        case ("postgresql", "promote"): return try promote(step, isHalf: isHalf, &world)
        case ("postgresql", "start-again"):
            guard world.server(name) == nil, !world.nodes.contains(where: { world.takesWrites($0.name) }) else {
                return false
            }
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        case ("postgresql", "start") where !isHalf:
            ModelCluster.apply(step, to: &world.truth)
            world.restorePointer(of: name)
        case ("repmgr", "rejoin"), ("repmgr", "clone"):
            guard !isHalf else { return true }
            let source = world.nodes.first { node in
                world.takesWrites(node.name) && step.summary.contains(node.name)
            }
            guard let source, world.server(name) == nil, world.links(name, source.name) else { return false }
            world.logs[name] = world.logs[source.name]
            ModelCluster.apply(step, to: &world.truth)
        default:
            guard !isChanged(step, world) else { return false }
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        }
        return true
    }

    /// A file that is not what the plan rests on is left to the next look.
    private static func isChanged(_ step: Step, _ world: World) -> Bool {
        guard let file = world.spec.pgbouncer?.configFile,
            let configuration = world.truth.snapshot.pgbouncer[step.target]?.value?.configuration
        else { return false }
        return step.operations.contains { operation in
            guard case .write(let write) = operation.work, write.path == file else { return false }
            return write.observed != configuration.text
        }
    }

    /// The guards are asked of what is so, just before.
    private static func promote(_ step: Step, isHalf: Bool, _ world: inout World) throws -> Bool {
        let name = step.target
        guard let server = world.server(name), server.inRecovery, server.receiver == nil,
            server.parameters["primary_conninfo"]?.value == ""
        else { return false }
        let old = world.nodes.first { step.summary.hasSuffix("in place of \($0.name)") }
        if let old, step.guards.count > 1, world.truth.snapshot.host(old.name)?.postmasterRuns == true { return false }
        try Checkers.promotion(of: name, insteadOf: old?.name, world)
        if isHalf {
            world.truth.edit(name) { host in
                host.failoverMark?.phase = .promoting
                if let old { host.failoverMark?.replaces = old.name }
            }
        } else {
            ModelCluster.apply(step, to: &world.truth)
            world.startsWriting(name)
        }
        return true
    }

    // MARK: a planned change of primary

    /// The target must stream and be near; afterwards it must have all of the log.
    private static func demote(_ step: Step, isHalf: Bool, _ world: inout World) throws -> Bool {
        let name = step.target
        guard let target = world.nodes.first(where: { step.summary.contains(" \($0.name) ") })?.name,
            world.takesWrites(name), world.upstream(target) == name, let log = world.logs[name]
        else { return false }
        if isHalf {
            try world.truth.stop(name)
            world.truth.edit(name) { $0.switchoverMark = SwitchoverMark(to: target, phase: .stopping) }
        } else {
            ModelCluster.apply(step, to: &world.truth)
        }
        return world.logs[target]?.holds(log.place) ?? false
    }

    private static func succeed(_ step: Step, isHalf: Bool, _ world: inout World) throws -> Bool {
        let name = step.target
        guard world.server(name)?.inRecovery == true, let log = world.logs[name] else { return false }
        let old = world.nodes.first { world.truth.snapshot.host($0.name)?.switchoverMark?.to == name }
        // Another pgregent, or a person, has started it again meanwhile: the moment between is not modelled.
        if old == nil || old.map({ world.takesWrites($0.name) }) == true { return false }
        // A run that goes on after another asks for the proof again.
        let proves = step.operations.contains { if case .caughtUp = $0.work { true } else { false } }
        if proves, let place = old.flatMap({ world.logs[$0.name]?.place }), !log.holds(place) { return false }
        guard world.spec.node(name)?.mayBePrimary == true else {
            throw Broken(description: "\(name) is promoted and may not be primary")
        }
        try Checkers.commits(log, name, world)
        guard !isHalf else { return true }
        ModelCluster.apply(step, to: &world.truth)
        world.startsWriting(name)
        return true
    }
}
