import ClusterModel
import PgBouncer
import PostgreSQL

/// A restart of the primary during which PgBouncer holds the clients: they wait, and see no error.
struct HeldRestart {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let roles: Roles

    /// The steps with the primary's restart, if there is one, between a pause and a release of every pool that leads to it.
    /// Clients are held when all that the restart waits for is done, not before.
    func applied(to steps: [Step]) -> [Step] {
        guard let primary = roles.primary.flatMap({ spec.node($0) }),
            let index = steps.firstIndex(where: { $0.id == "postgresql.restart.\(primary.name)" }),
            // Nobody waits for what is not done.
            steps[index].heldBy == nil
        else { return steps }
        let poolers = poolers(leadingTo: primary)
        let pauses = poolers.compactMap { $0.pause() }
        guard !pauses.isEmpty else { return steps }
        var restart = steps[index]
        let actions = HeldRestartActions(primary)
        var checkpoint = actions.checkpoint(cause: restart.cause)
        checkpoint.after = restart.after
        // A pool is not paused while its own PgBouncer still has something done to it.
        let ofPoolers = steps.filter { $0.reconciler == "pgbouncer" && $0.action != "auth" }
        let held = pauses.map { pause in
            var step = pause
            step.cause = restart.cause
            step.after = restart.after.union([checkpoint.id]).union(ofPoolers.map(\.id))
            return step
        }
        restart = actions.held(restart)
        restart.after.formUnion([checkpoint.id])
        restart.after.formUnion(held.map(\.id))
        let releases = poolers.compactMap { $0.release() }.map { release in
            var step = release
            step.cause = restart.cause
            step.after = [restart.id]
            return step
        }
        return steps[..<index] + [checkpoint] + held + [restart] + releases + steps[(index + 1)...]
    }

    private func poolers(leadingTo primary: NodeSpec) -> [PgBouncer.SwitchoverActions] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let routes = Composition(spec: spec, snapshot: snapshot, roles: roles).routes(pgbouncer)
        let desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes)
        return pgbouncer.hosts.compactMap { host in
            PgBouncer.SwitchoverActions(
                desired, host: host.name, observed: snapshot.pgbouncer[host.name], leaving: primary.host,
                pauseTimeout: spec.switchover.pauseTimeout)
        }
    }
}
