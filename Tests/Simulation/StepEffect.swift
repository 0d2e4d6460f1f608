import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import TestKit

/// What a step does to the hosts when its guards hold; the guards are asked of what is so, not of what was seen.
struct StepEffect {
    let step: Step
    /// What its plan rests on.
    let basis: ClusterSnapshot
    /// It stops in the middle.
    var isHalf = false

    /// - Returns: whether its guards let it be done.
    func apply(to world: inout World) throws -> Bool {
        world.seen = Set(world.nodes.map(\.name).filter { basis.unreached[$0] == nil })
        world.seenServers = Set(world.nodes.map(\.name).filter { basis.server($0) != nil })
        guard try keepsMark(world) && isStillFrozen(world) && othersGoOn(world) && perform(&world) else { return false }
        if writesMark && (!isHalf || ["freeze", "promote"].contains(step.action)) {
            let id = world.drawMark()
            world.truth.edit(step.target) { $0.failoverMark?.id = id }
        }
        return isStillStopped(world)
    }

    /// The first act of a copy: its mark, which is there until it ends, and the question whether another failover has left its
    /// own meanwhile.
    ///
    /// - Returns: whether it goes on.
    func begin(in world: inout World) throws -> Bool {
        let name = step.target
        guard copies, let node = world.spec.node(name), let host = world.truth.snapshot.host(name) else { return true }
        if step.disruption == .stop, world.server(name) != nil { try world.truth.stop(name) }
        guard world.server(name) == nil, !host.cloneRuns, host.cloneMark == nil || step.action == "clone" else {
            return false
        }
        guard expects(host.failoverMark, NodeLayout(node)) else { return false }
        world.truth.edit(name) { host in
            host.cloneMark = "4711 88 unfinished \(step.action == "clone" ? "clone" : "rewind")"
            host.cloneRuns = true
        }
        return true
    }

    /// As its own script asks it.
    private func expects(_ mark: FailoverMark?, _ layout: NodeLayout) -> Bool {
        guard let mark else { return true }
        var unidentified = mark
        unidentified.id = nil
        return [mark, unidentified].contains { mark in
            let question = FailoverMark.unchanged(since: mark, at: layout.failoverMark)
            return step.operations.contains { operation in
                if case .script(let text) = operation.work { text.redacted.contains(question) } else { false }
            }
        }
    }

    /// Whoever was at work on a copy is not any more; the mark stays.
    func leave(in world: inout World) {
        if copies { world.truth.edit(step.target) { $0.cloneRuns = false } }
    }

    /// Asked when a host was told who is about to be promoted, where that rests on what lies there stopped.
    private func isStillStopped(_ world: World) -> Bool {
        guard step.effects.contains(where: { $0.sentence.hasPrefix("nothing was begun on ") }) else { return true }
        let (seen, now) = (basis.host(step.target), world.truth.snapshot.host(step.target))
        return now?.postmasterRuns == false && now?.cloneMark == seen?.cloneMark
    }

    private var writesMark: Bool {
        ["freeze", "note", "promote", "end-failover"].contains(step.action)
            && step.operations.contains { $0.title.hasPrefix("mark \(step.target): ") }
    }

    /// What of it is there when it stops in the middle is not to be started.
    var copies: Bool { step.action == "clone" || step.summary.hasPrefix("rewind") }

    /// A mark of a failover takes the place of the one that the look saw, and of no other.
    private func keepsMark(_ world: World) -> Bool {
        let question = "no other failover has left its mark on "
        var names = step.guards.filter { $0.sentence.hasPrefix(question) }.map(\.host)
        if writesMark { names.append(step.target) }
        return names.allSatisfy { name in
            var (expected, found) = (
                basis.host(name)?.failoverMark, world.truth.snapshot.host(name)?.failoverMark
            )
            // How old it is by now is not a part of it.
            expected?.age = .zero
            found?.age = .zero
            if expected?.id == nil { found?.id = nil }
            return expected == found
        }
    }

    private func isStillFrozen(_ world: World) -> Bool {
        guard step.guards.contains(where: { $0.sentence.hasSuffix("is a standby and receives nothing") }) else {
            return true
        }
        guard let server = world.server(step.target) else { return false }
        return server.inRecovery && server.receivesNothing
    }

    private func othersGoOn(_ world: World) -> Bool {
        step.guards.filter { $0.sentence.hasSuffix("is a standby and has an upstream") }
            .allSatisfy { world.server($0.host)?.hasUpstream == true }
    }

    /// - Returns: whether its guards let it be done.
    private func perform(_ world: inout World) throws -> Bool {
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
        case ("postgresql", "freeze") where isHalf:
            // Marked, and its receiver goes on.
            var frozen = world.truth
            ModelCluster.apply(step, to: &frozen)
            let mark = frozen.snapshot.host(name)?.failoverMark
            if writesMark { world.truth.edit(name) { $0.failoverMark = mark } }
        case ("postgresql", "detach") where isHalf:
            // What it has received is not replayed yet: its receiver goes on until then.
            world.truth.editServer(name) { $0.parameters["primary_conninfo"]?.value = "" }
        case ("postgresql", "detach"):
            ModelCluster.apply(step, to: &world.truth)
            guard step.effects.count > 1 else { return true }
            let note = world.truth.snapshot.host(name)?.switchoverNote
            return note.map { step.summary == "from \($0.from), until \($0.to) is the primary" } ?? false
        case ("postgresql", "end-switchover"):
            let host = world.truth.snapshot.host(name)
            let isNoted = host?.switchoverNote != nil && world.server(name)?.inRecovery == true
            if isNoted, world.upstream(name) == nil { return false }
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        case ("postgresql", "demote"): return try demote(&world)
        case ("postgresql", "promote") where step.cause == .switchover:
            return try succeed(&world)
        case ("postgresql", "promote"): return try promote(&world)
        case ("postgresql", "start-again"):
            guard world.server(name) == nil, !world.nodes.contains(where: { world.takesWrites($0.name) }) else {
                return false
            }
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        case ("postgresql", "start") where !isHalf:
            guard world.truth.snapshot.host(name)?.cloneMark == nil else { return false }
            ModelCluster.apply(step, to: &world.truth)
            world.restorePointer(of: name)
        case ("repmgr", "rejoin"), ("repmgr", "clone"):
            leave(in: &world)
            let source = world.nodes.first { node in
                world.takesWrites(node.name) && step.summary.contains(node.name)
            }
            guard let source, world.server(name) == nil, world.links(name, source.name) else { return false }
            guard !isHalf else { return true }
            world.logs[name] = world.logs[source.name]
            ModelCluster.apply(step, to: &world.truth)
            world.truth.edit(name) { $0.cloneMark = nil }
        case ("repmgr", "follow"):
            // repmgr asks both sides first, and the step ends when the stream is there.
            guard let source = world.nodes.first(where: { $0.name == step.summary })?.name, world.links(name, source),
                world.server(source) != nil, world.server(name)?.inRecovery == true
            else { return false }
            guard !isHalf else { return true }
            ModelCluster.apply(step, to: &world.truth)
            world.settleStreams()
            return world.upstream(name) == source
        case ("postgresql", "attach") where world.server(name)?.inRecovery == false:
            return step.effects.isEmpty
        case ("repmgr", "reconnect"), ("postgresql", "catch-up"):
            // It waits for what a stream brings, in vain where there cannot be one.
            guard !isHalf else { return true }
            ModelCluster.apply(step, to: &world.truth)
            world.settleStreams()
            return world.upstream(name) != nil
        default:
            guard !isChanged(world) else { return false }
            if !isHalf { ModelCluster.apply(step, to: &world.truth) }
        }
        return true
    }

    /// A file that is not what the plan rests on is left to the next look.
    private func isChanged(_ world: World) -> Bool {
        guard let file = world.spec.pgbouncer?.configFile,
            let configuration = world.truth.snapshot.pgbouncer[step.target]?.value?.configuration
        else { return false }
        return step.operations.contains { operation in
            guard case .write(let write) = operation.work, write.path == file else { return false }
            return write.observed != configuration.text
        }
    }

    /// The guards are asked of what is so, just before.
    private func promote(_ world: inout World) throws -> Bool {
        let name = step.target
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
    private func demote(_ world: inout World) throws -> Bool {
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

    private func succeed(_ world: inout World) throws -> Bool {
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
