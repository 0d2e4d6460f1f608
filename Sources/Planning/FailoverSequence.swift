import ClusterModel
import HostAccess
import PostgreSQL
import Systems

/// The steps that replace a lost primary: first what makes the choice safe, then the promotion and all that an ordinary
/// pass finds to do for the cluster with its new primary.
struct FailoverSequence {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot

    /// The old primary is stopped and kept down, then the receivers are stopped, so that nothing arrives any more and
    /// the positions that the next observation shows can be compared.
    func preparation(_ preparation: Failover.Preparation) -> [Step] {
        let fences = preparation.isFenced ? [] : fence(preparation)
        let stops = preparation.freeze.filter { spec.node($0) != nil }.map { name in
            step(
                .stopReceiverForFailover(
                    of: preparation.from, fence: preparation.fence,
                    writes: keepsRecord(name) ? FailoverReplacement(snapshot.host(name)?.recordedFailover) : nil),
                on: name)
        }
        return fences + stops.after(fences, .fenceBeforeFreeze)
    }

    private func fence(_ preparation: Failover.Preparation) -> [Step] {
        guard spec.node(preparation.from) != nil else { return [] }
        switch preparation.fence {
        case .stopped: return [step(.fence, on: preparation.from)]
        case .command: return spec.failover.fenceCommand.map { [step(.fenceByCommand($0), on: preparation.from)] } ?? []
        case .quorum, .nothing: return []
        }
    }

    /// Then its receiver is stopped again, and positions are compared anew.
    func catchUp(_ catchUp: Failover.CatchUp) -> [Step] {
        guard spec.node(catchUp.node) != nil, spec.node(catchUp.source) != nil else { return [] }
        return [step(.catchUp(from: catchUp.source, upTo: catchUp.position), on: catchUp.node)]
    }

    /// Its host and its data are there, and nobody else can be the primary.
    func startAgain(_ name: NodeName, because reason: String) -> [Step] {
        guard let host = snapshot.host(name) else { return [] }
        let others = spec.dataNodes.filter { $0.name != name && keepsRecord($0.name) }.map(\.name)
        let crash = CrashedPrimary(
            reason: reason, isFenced: host.isFenced, replaces: FailoverReplacement(host.recordedFailover),
            others: Dictionary(
                uniqueKeysWithValues: others.map { other in
                    (other, FailoverReplacement(snapshot.host(other)?.recordedFailover))
                }),
            standbys: spec.dataNodes.map(\.name).filter { $0 != name && snapshot.server($0) != nil })
        return [step(.startCrashed(crash), on: name)]
    }

    func promotion(_ failover: Failover) -> [Step] {
        guard spec.node(failover.to) != nil else { return [] }
        // Wherever a file can be left, on the old primary's host too: who is asked later may be the only one that answers.
        let notes = noted(failover).map { note(failover, on: $0) }
        let promote = [promote(failover)].after(notes, .noteBeforePromotion)
        let effect = ClusterEffect(spec)
        var after = snapshot
        after.suspicion = nil
        effect.apply(notes + promote, to: &after)
        let roles = RoleAssignment.assign(spec, after)
        let follow = following(failover.to, roles).map { name in
            step(.follow(failover.to, .failover), on: name)
        }
        effect.apply(follow, to: &after)
        let rest = Composition(spec: spec, snapshot: after, roles: roles, isUrgent: true).steps()
        // Clients first: what leads them to the new primary does not share the hosts with the rest.
        let ordered = OrderingRules(spec: spec, roles: roles).ordered(rest).after(promote, .promoteBeforeTheRest)
        let routes = ordered.filter { $0.id.name == .pgbouncerRewrite }
        let follows = follow.after(promote, .promoteBeforeFollow)
        let first = Set((routes + follows).map(\.id))
        let others = ordered.filter { !first.contains($0.id) }.after(routes + follows, .clientsBeforeTheRest)
        return notes + promote + routes + follows + others
    }

    private func note(_ failover: Failover, on node: NodeSpec) -> Step {
        let isFrozen = snapshot.server(node.name).map { $0.inRecovery && $0.receivesNothing } ?? false
        let host = snapshot.host(node.name)
        let note = FailoverNote(
            failover, isFrozen: isFrozen, restsOnStop: isTakenForStopped(node), unfinishedWork: host?.unfinishedWork,
            replaces: FailoverReplacement(host?.recordedFailover))
        return step(.noteFailover(note), on: node.name)
    }

    private func promote(_ failover: Failover) -> Step {
        let host = snapshot.host(failover.to)
        let promotion = FailoverPromotion(
            failover, position: snapshot.server(failover.to)?.lsn,
            asksOld: failover.fence == .stopped && spec.node(failover.from) != nil,
            isFenced: host?.isFenced ?? false, replaces: FailoverReplacement(host?.recordedFailover),
            ahead: ahead(of: failover.to))
        return step(.promoteForFailover(promotion), on: failover.to)
    }

    /// On its timeline: what is on another is no continuation of what it has.
    private func ahead(of name: NodeName) -> [NodeName: LSN] {
        guard let chosen = snapshot.server(name), let position = chosen.lsn else { return [:] }
        let others = spec.dataNodes.compactMap { node -> (NodeName, LSN)? in
            guard node.name != name, let server = snapshot.server(node.name), server.inRecovery,
                server.timeline == chosen.timeline, let has = server.lsn, has > position
            else { return nil }
            return (node.name, has)
        }
        return Dictionary(others) { first, _ in first }
    }

    private func keepsRecord(_ name: NodeName) -> Bool {
        snapshot.host(name).map { $0.recordProblem == nil && !$0.diskIsFull } ?? false
    }

    private func step(_ action: PostgreSQLAction, on target: NodeName) -> Step {
        Step(.postgresql(action), on: target, cause: .failover)
    }

    private func noted(_ failover: Failover) -> [NodeSpec] {
        spec.dataNodes.filter { node in
            guard node.name != failover.to, keepsRecord(node.name), let host = snapshot.host(node.name) else {
                return false
            }
            return !host.holdsNoDatabase || isTakenForStopped(node)
        }
    }

    /// Under quorum commit the promotion rests on it.
    private func isTakenForStopped(_ node: NodeSpec) -> Bool {
        spec.durability.mode != .asynchronous && node.synchronous
            && Quorum.hasConfirmedNothing(node, spec, snapshot)
    }

    /// The standbys whose receivers were stopped and that shall follow the new primary itself.
    private func following(_ name: NodeName, _ roles: Roles) -> [NodeName] {
        spec.dataNodes.map(\.name).filter { node in
            roles.upstreams[node] == name && snapshot.server(node)?.pointsNowhere == true
        }
    }
}
