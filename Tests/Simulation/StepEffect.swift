import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems
import TestKit

/// What a step does to the modelled hosts: the product's own effect where the physics (links, logs, who is on) let it.
///
/// Its conditions are asked of what is so, not of what was observed.
struct StepEffect {
    let step: Step
    /// What its plan rests on.
    let basis: ClusterSnapshot
    /// It stops in the middle.
    var isHalf = false
    private var name: HostName { step.target }

    init(step: Step, basis: ClusterSnapshot) {
        self.step = step
        self.basis = basis
    }

    /// - Returns: whether its conditions let it be done.
    func apply(to world: World) throws -> Bool {
        world.seen = Set(world.nodes.map(\.name).filter { basis.unreached[$0] == nil })
        world.seenServers = Set(world.nodes.map(\.name).filter { basis.server($0) != nil })
        guard hold(step.preconditions, world), takesThePlace(world), try perform(world) else { return false }
        if writesMark {
            let id = world.drawMark()
            world.truth.edit(name) { $0.recordedFailover?.id = id }
        }
        guard !isHalf else { return true }
        world.settleStreams()
        return hold(step.postconditions, world)
    }

    private func hold(_ conditions: [Condition], _ world: World) -> Bool {
        conditions.allSatisfy { $0.holds(in: world.truth.snapshot, world.spec) }
    }

    // MARK: copies

    var copies: Bool { step.has(.copiesData) }

    /// The first act of a copy: its mark, which is there until it ends, and the question whether another failover has left its
    /// own meanwhile.
    ///
    /// - Returns: whether it goes on.
    func begin(in world: World) throws -> Bool {
        guard copies, let host = world.truth.snapshot.host(name) else { return true }
        if step.disruption == .stop, world.server(name) != nil { try world.truth.stop(name) }
        let isClone = step.id.name == .repmgrClone
        guard world.server(name) == nil, !host.workRuns, host.unfinishedWork == nil || isClone else { return false }
        guard unlessReplacedSince?.takesThePlace(of: host.recordedFailover) ?? true else { return false }
        world.truth.edit(name) { host in
            host.unfinishedWork = UnfinishedWork(isClone ? .clone : .rewind, process: "4711 88")
            host.workRuns = true
        }
        return true
    }

    private var unlessReplacedSince: FailoverReplacement? {
        switch step.action {
        case .repmgr(.clone(let clone)): clone.unlessReplacedSince
        case .repmgr(.rewind(let rewind)): rewind.unlessReplacedSince
        default: nil
        }
    }

    /// Whoever was at work on a copy is not any more; the mark stays.
    func leave(in world: World) {
        if copies { world.truth.edit(name) { $0.workRuns = false } }
    }

    // MARK: marks of a failover

    /// The mark that its script writes takes the place of what was observed, and of nothing else.
    private var replaces: FailoverReplacement? {
        switch step.action {
        case .postgresql(.stopReceiverForFailover(_, _, let replacement)): replacement
        case .postgresql(.noteFailover(let note)): note.replaces
        case .postgresql(.promoteForFailover(let promotion)): promotion.replaces
        case .postgresql(.endFailover(let mark)): FailoverReplacement(mark)
        case .postgresql(.startCrashed(let crash)): crash.replaces
        default: nil
        }
    }

    private func takesThePlace(_ world: World) -> Bool {
        replaces?.takesThePlace(of: world.truth.snapshot.host(name)?.recordedFailover) ?? true
    }

    private var writesMark: Bool {
        guard replaces != nil else { return false }
        switch step.action {
        case .postgresql(.stopReceiverForFailover), .postgresql(.promoteForFailover): return true
        default: return !isHalf
        }
    }

    // MARK: what is done

    /// - Returns: whether the hosts let it be done.
    private func perform(_ world: World) throws -> Bool {
        switch step.action {
        case .postgresql(let action): return try perform(action, world)
        case .repmgr(let action): return perform(action, world)
        case .pgbouncer, .barman, .decision:
            guard !isChanged(world) else { return false }
            return done(world)
        }
    }

    private func done(_ world: World) -> Bool {
        if !isHalf { world.truth.apply(step) }
        return true
    }

    private func perform(_ action: PostgreSQLAction, _ world: World) throws -> Bool {
        switch action {
        case .fenceByCommand:
            // The host is off.
            if world.server(name) != nil { try world.truth.kill(name) }
            world.turnedOff.insert(name)
        case .fence where isHalf: world.truth.edit(name) { $0.isFenced = true }
        case .fence:
            world.truth.apply(step)
            world.handMade.remove(name)
        case .stopReceiverForFailover(let lost, let fence, let replacement) where isHalf:
            // Marked, and its receiver goes on.
            guard replacement != nil else { break }
            world.truth.edit(name) {
                $0.recordedFailover = RecordedFailover(phase: .frozen, replaces: lost, fence: fence)
            }
        case .stopReceiverForSwitchover where isHalf:
            // What it has received is not replayed yet: its receiver goes on until then.
            world.truth.editServer(name) { $0.parameters["primary_conninfo"]?.value = "" }
        case .endSwitchover(let mark, let note, let isStandby):
            let host = world.truth.snapshot.host(name)
            // What tells of another one by now stays.
            if mark != nil, let lies = host?.recordedStop, lies != mark { return false }
            if note != nil, let lies = host?.recordedSwitchover,
                lies != note || isStandby && world.upstream(name) == nil
            {
                return false
            }
            return done(world)
        case .demote(let switchover): return try demote(switchover, world)
        case .promoteForSwitchover(let switchover, let proves): return try succeed(switchover, proves, world)
        case .promoteForFailover(let promotion): return try promote(promotion, world)
        case .startAgain, .startCrashed:
            guard world.server(name) == nil, !world.nodes.contains(where: { world.takesWrites($0.name) }) else {
                return false
            }
            return done(world)
        case .startStandby where !isHalf:
            world.truth.apply(step)
            world.restorePointer(of: name)
        // One that was promoted meanwhile takes the setting without a word.
        case .follow where world.server(name)?.inRecovery == false: break
        case .setPassfile, .create, .recover, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters,
            .raiseParameters, .setHBA, .reload, .restart, .startStandby, .startWitness, .stopStandby, .createSlot,
            .dropSlot,
            .dropStaleSlots, .installWatchdog, .removeWatchdog, .checkpoint, .reserveSlots, .noteSwitchover,
            .stopReceiverForSwitchover, .unfence, .stopReceiverForFailover, .catchUp, .noteFailover, .follow,
            .endFailover:
            return done(world)
        }
        return true
    }

    private func perform(_ action: RepmgrAction, _ world: World) -> Bool {
        switch action {
        case .clone(let clone): copy(from: clone.upstream, world)
        case .rewind(let rewind): copy(from: rewind.upstream, world)
        case .rejoin(let upstream, _): copy(from: upstream, world)
        case .follow(let upstream, _, _):
            // repmgr asks both sides first, and the step ends when the stream is there.
            if world.links(name, upstream), world.server(upstream) != nil, world.server(name)?.inRecovery == true {
                done(world)
            } else {
                false
            }
        case .configure, .reconnect, .register, .unregister, .startDaemon, .pauseDaemon, .unpauseDaemon:
            done(world)
        }
    }

    private func copy(from source: NodeName, _ world: World) -> Bool {
        leave(in: world)
        guard world.takesWrites(source), world.server(name) == nil, world.links(name, source) else { return false }
        guard !isHalf else { return true }
        world.logs[name] = world.logs[source]
        world.truth.apply(step)
        world.truth.edit(name) { $0.unfinishedWork = nil }
        return true
    }

    /// A file that is not what the plan rests on is left to the next observation.
    private func isChanged(_ world: World) -> Bool {
        guard case .pgbouncer(.rewrite(let rewrite)) = step.action,
            let configuration = world.truth.snapshot.pgbouncer[name]?.value?.configuration
        else { return false }
        return rewrite.file.observed != configuration.text
    }

    // MARK: changes of primary

    private func promote(_ promotion: FailoverPromotion, _ world: World) throws -> Bool {
        let old = promotion.failover.from
        try Checkers.promotion(of: name, insteadOf: old, world)
        if isHalf {
            world.truth.edit(name) { host in
                host.recordedFailover?.phase = .promoting
                host.recordedFailover?.replaces = old
            }
        } else {
            world.truth.apply(step)
            world.startsWriting(name)
        }
        return true
    }

    /// Afterwards the target must have all of the log.
    private func demote(_ switchover: Switchover, _ world: World) throws -> Bool {
        guard world.takesWrites(name), world.upstream(switchover.to) == name, let log = world.logs[name] else {
            return false
        }
        if isHalf {
            try world.truth.stop(name)
            world.truth.edit(name) { $0.recordedStop = RecordedStop(to: switchover.to, phase: .stopping) }
        } else {
            world.truth.apply(step)
        }
        return world.logs[switchover.to]?.holds(log.place) ?? false
    }

    private func succeed(_ switchover: Switchover, _ proves: Bool, _ world: World) throws -> Bool {
        guard world.server(name)?.inRecovery == true, let log = world.logs[name] else { return false }
        // Another pgregent, or a person, has started it again meanwhile: the moment between is not modelled.
        guard world.truth.snapshot.host(switchover.from)?.recordedStop?.to == name,
            !world.takesWrites(switchover.from)
        else { return false }
        // A run that goes on after another asks for the proof again.
        if proves, let place = world.logs[switchover.from]?.place, !log.holds(place) { return false }
        guard world.spec.node(name)?.mayBePrimary == true else {
            throw Broken(description: "\(name) is promoted and may not be primary")
        }
        try Checkers.commits(log, name, world)
        guard !isHalf else { return true }
        world.truth.apply(step)
        world.startsWriting(name)
        return true
    }
}
