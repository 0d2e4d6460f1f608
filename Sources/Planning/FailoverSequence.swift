import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// The steps that replace a lost primary: first what makes the choice safe, then the promotion and all that an ordinary
/// pass finds to do for the cluster with its new primary.
struct FailoverSequence {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot

    /// The old primary is stopped and kept down, then the receivers are stopped, so that nothing arrives any more and
    /// the positions that the next look shows can be compared.
    func preparation(_ preparation: Failover.Preparation) -> [Step] {
        var steps: [Step] = []
        if !preparation.isFenced, let old = spec.node(preparation.from) {
            switch preparation.fence {
            case .stopped:
                steps.append(actions(old).fence())
            case .command:
                if let command = spec.failover.fenceCommand {
                    steps.append(actions(old).fence(by: command))
                }
            case .quorum, .nothing: break
            }
        }
        let fenced = Set(steps.map(\.id))
        return steps
            + preparation.freeze.compactMap { name in
                guard let node = spec.node(name) else { return nil }
                var step = actions(node).freeze(
                    for: preparation.from, fence: preparation.fence, writesMark: snapshot.host(name) != nil)
                step.after = fenced
                return step
            }
    }

    /// Then its receiver is stopped again, and positions are compared anew.
    func catchUp(_ catchUp: Failover.CatchUp) -> [Step] {
        guard let node = spec.node(catchUp.node), let source = spec.node(catchUp.source) else { return [] }
        let roles = RoleAssignment.assign(spec, snapshot)
        let told = Repmgr.Desired(spec, roles: roles).node(source.name)?.conninfo ?? ""
        return [
            actions(node).catchUp(
                from: source, conninfo: Attachment.receiving(told, as: node.name), position: catchUp.position)
        ]
    }

    func promotion(_ failover: Failover) -> [Step] {
        let roles = RoleAssignment.assign(spec, predicted(failover))
        guard let new = spec.node(failover.to), let attachment = Attachment(spec, to: failover.to, roles: roles)
        else { return [] }
        let position = snapshot.server(failover.to)?.lsn?.description ?? "?"
        let old = failover.fence == .stopped ? spec.node(failover.from).map(actions) : nil
        var promote = actions(new).promote(
            failover, position: position, old: old, isFenced: snapshot.host(failover.to)?.isFenced ?? false)
        // Wherever a file can be left, on the old primary's host too: who is asked later may be the only one that answers.
        let notes = noted(failover).map { node in
            actions(node).note(
                failover, isFrozen: snapshot.server(node.name).map { $0.inRecovery && $0.receivesNothing } ?? false,
                stopped: isTakenForStopped(node) ? snapshot.host(node.name) : nil)
        }
        promote.after = Set(notes.map(\.id))
        let attached = attached(to: failover.to, roles)
        let after = predicted(failover, attached: attached, attachment)
        let rest = Composition(spec: spec, snapshot: after, roles: roles, isUrgent: true).steps()
        // Clients first: what leads them to the new primary does not share the hosts with the rest.
        let ordered = OrderingRules(spec: spec, roles: roles).ordered(rest).after([promote])
        let routes = ordered.filter { $0.id == "pgbouncer.rewrite.\($0.target)" }
        let attach = attached.map { attachment.step(for: $0, cause: .failover) }.after([promote])
        let routed = Set((routes + attach).map(\.id))
        let others = ordered.filter { !routed.contains($0.id) }.after(routes + attach)
        return notes + [promote] + routes + attach + others
    }

    private func noted(_ failover: Failover) -> [NodeSpec] {
        spec.dataNodes.filter { node in
            guard node.name != failover.to, let host = snapshot.host(node.name) else { return false }
            return !host.holdsNoDatabase || isTakenForStopped(node)
        }
    }

    /// Under quorum commit the promotion rests on it.
    private func isTakenForStopped(_ node: NodeSpec) -> Bool {
        spec.durability.mode != .asynchronous && node.synchronous
            && Quorum.hasConfirmedNothing(node, spec, snapshot)
    }

    private func actions(_ node: NodeSpec) -> PostgreSQL.FailoverActions {
        PostgreSQL.FailoverActions(
            node, database: spec.repmgr.database, mark: snapshot.host(node.name)?.failoverMark)
    }

    /// The standbys whose receivers were stopped and that shall follow the new primary itself.
    private func attached(to name: NodeName, _ roles: Roles) -> [NodeSpec] {
        spec.dataNodes.filter { node in
            roles.upstreams[node.name] == name && snapshot.server(node.name)?.pointsNowhere == true
        }
    }

    /// What a look would show right after the promotion.
    private func predicted(
        _ failover: Failover, attached: [NodeSpec] = [], _ attachment: Attachment? = nil
    ) -> ClusterSnapshot {
        var after = snapshot
        after.suspicion = nil
        for node in attached {
            guard case .known(var server)? = after.postgresql[node.name]?.server else { continue }
            attachment?.point(&server, of: node)
            after.postgresql[node.name]?.server = .known(server)
        }
        if case .known(var server)? = after.postgresql[failover.to]?.server {
            server.inRecovery = false
            server.timeline += 1
            server.senders = []
            server.receiver = nil
            server.slots += attached.compactMap { attachment?.slot(of: $0) }.filter { name in
                !server.slots.contains { $0.name == name }
            }.map { ServerFacts.Slot(name: $0, isPhysical: true, active: false, walStatus: "reserved") }
            after.postgresql[failover.to]?.server = .known(server)
        }
        // What an earlier failover has left there is gone then.
        for node in noted(failover) {
            guard case .known(var host)? = after.postgresql[node.name]?.host else { continue }
            host.failoverMark = FailoverMark(
                phase: .frozen, replaces: failover.from, fence: failover.fence, chosen: failover.to)
            after.postgresql[node.name]?.host = .known(host)
        }
        if case .known(var host)? = after.postgresql[failover.to]?.host {
            host.failoverMark = FailoverMark(phase: .promoting, replaces: failover.from, fence: failover.fence)
            host.hasStandbySignal = false
            host.isFenced = false
            after.postgresql[failover.to]?.host = .known(host)
        }
        return after
    }
}
