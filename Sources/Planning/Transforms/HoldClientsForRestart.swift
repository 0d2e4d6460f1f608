import ClusterModel
import PgBouncer
import PostgreSQL
import Systems

/// A restart of the primary during which PgBouncer holds the clients: they wait, and see no error.
struct HoldClientsForRestart: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        draft.steps = HeldRestart(spec: view.spec, snapshot: view.snapshot, roles: view.roles).applied(to: draft.steps)
    }
}

private struct HeldRestart {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let roles: Roles

    /// The steps with the primary's restart, if there is one, between a pause and a release of every pool that leads to it.
    /// Clients are held when all that the restart waits for is done, not before.
    func applied(to steps: [Step]) -> [Step] {
        guard let primary = roles.primary.flatMap({ spec.node($0) }),
            let index = steps.firstIndex(where: { $0.id == StepID(.postgresqlRestart, primary.name) }),
            // Nobody waits for what is not done.
            steps[index].heldBy == nil, case .postgresql(.restart(var restart)) = steps[index].action
        else { return steps }
        let planned = steps[index]
        let holds = holds(leadingTo: primary)
        let pauses = holds.compactMap { $0.pause(planned.cause) }
        guard !pauses.isEmpty else { return steps }
        var checkpoint = Step(.postgresql(.checkpoint), on: primary.name, cause: planned.cause)
        checkpoint.after = planned.after
        // A pool is not paused while its own PgBouncer still has something done to it.
        let ofPoolers = steps.filter { step in
            if case .pgbouncer(.auth) = step.action { return false }
            return step.action.system == .pgbouncer
        }
        let paused = pauses.map { pause in
            var step = pause
            step.after = planned.after
            return step.after([checkpoint.id], .checkpointBeforeHold).after(
                ofPoolers.map(\.id), .poolerSettledBeforePause)
        }
        restart.holdsClients = true
        var held = Step(.postgresql(.restart(restart)), on: primary.name, cause: planned.cause)
        held.preconditions = planned.preconditions
        held.after = planned.after
        held = held.after([checkpoint.id], .checkpointBeforeHold).after(paused.map(\.id), .pauseBeforeRestart)
        let releases = holds.compactMap { $0.release(planned.cause) }.after([held], .restartBeforeRelease)
        return steps[..<index] + [checkpoint] + paused + [held] + releases + steps[(index + 1)...]
    }

    private func holds(leadingTo primary: NodeSpec) -> [ClientHold] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let routes = Composition(spec: spec, snapshot: snapshot, roles: roles).routes(pgbouncer)
        let desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes)
        return pgbouncer.hosts.compactMap { host in
            ClientHold(
                desired, host: host.name, observed: snapshot.pgbouncer[host.name], leaving: primary.host)
        }
    }
}
