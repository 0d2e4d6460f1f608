import ClusterModel
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
                steps.append(PostgreSQL.FailoverActions(old, database: spec.repmgr.database).fence(cause: .failover))
            case .command:
                if let command = spec.failover.fenceCommand {
                    steps.append(PostgreSQL.FailoverActions(old, database: spec.repmgr.database).fence(by: command))
                }
            case .quorum, .nothing: break
            }
        }
        let fenced = Set(steps.map(\.id))
        return steps
            + preparation.freeze.compactMap { name in
                guard let node = spec.node(name) else { return nil }
                var step = PostgreSQL.FailoverActions(node, database: spec.repmgr.database).freeze(
                    for: preparation.from, fence: preparation.fence, writesMark: snapshot.host(name) != nil)
                step.after = fenced
                return step
            }
    }

    func promotion(_ failover: Failover) -> [Step] {
        guard let new = spec.node(failover.to) else { return [] }
        let position = snapshot.server(failover.to)?.lsn?.description ?? "?"
        let promote = PostgreSQL.FailoverActions(new, database: spec.repmgr.database).promote(
            failover, position: position)
        let after = predicted(failover)
        let roles = RoleAssignment.assign(spec, after)
        let rest = Composition(spec: spec, snapshot: after, roles: roles).steps()
        // Clients first: what leads them to the new primary does not share the hosts with the rest.
        let ordered = OrderingRules(spec: spec, roles: roles).ordered(rest).map { step in
            var step = step
            step.after.insert(promote.id)
            return step
        }
        let routes = ordered.filter { $0.id == "pgbouncer.rewrite.\($0.target)" }
        let routed = Set(routes.map(\.id))
        let others = ordered.filter { !routed.contains($0.id) }.map { step in
            var step = step
            step.after.formUnion(routed)
            return step
        }
        return [promote] + routes + others
    }

    /// What a look would show right after the promotion.
    private func predicted(_ failover: Failover) -> ClusterSnapshot {
        var after = snapshot
        after.suspicion = nil
        if case .known(var server)? = after.postgresql[failover.to]?.server {
            server.inRecovery = false
            server.timeline += 1
            server.senders = []
            server.receiver = nil
            after.postgresql[failover.to]?.server = .known(server)
        }
        if case .known(var host)? = after.postgresql[failover.to]?.host {
            host.failoverMark = FailoverMark(phase: .promoting, replaces: failover.from, fence: failover.fence)
            host.hasStandbySignal = false
            after.postgresql[failover.to]?.host = .known(host)
        }
        return after
    }
}
