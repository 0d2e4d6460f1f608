import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// The steps of a planned change of primary: what clients wait for first, as short as can be, then everything else as
/// it would be planned for the cluster with its new primary.
struct SwitchoverSequence {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let switchover: Switchover

    /// - Parameter promotionOnly: the old primary is down already, and the target has all of its log.
    func steps(promotionOnly: Bool) -> [Step] {
        guard let server = PostgreSQL.SwitchoverActions(switchover, spec: spec) else { return [] }
        let roles = RoleAssignment.assign(spec, predicted())
        let attachment = Attachment(spec, to: switchover.to, roles: roles)
        let detached = promotionOnly ? [] : detachable(roles)
        let after = predicted(attached: detached, attachment)
        let rest = rest(after, roles, routed: !promotionOnly)
        guard !promotionOnly else {
            let promote = [server.promote(proves: true)]
            return promote + rest.after(promote)
        }
        let poolers = poolers(after, roles)
        let prepared = preparation(server, poolers, detached)
        let pauses = poolers.compactMap { $0.pause() }.after(prepared)
        let demote = [server.demote()].after(prepared + pauses)
        // When there is no way back any more, and while the target is promoted, which leaves the hosts time.
        let places = poolers.map { $0.place() }.after(demote)
        let promote = [server.promote(proves: false)].after(demote)
        let routes = poolers.map { $0.route() }.flatMap { route in
            [route].after(promote + places.filter { $0.target == route.target })
        }
        let attach = detached.compactMap { attachment?.step(for: $0, cause: .switchover) }
            .after(promote + (waitsForStandbys ? [] : routes)).map { step in
                var step = step
                step.clientsWait = true
                return step
            }
        let held = prepared + pauses + demote + places + promote
        // A standby that does not answer any more keeps nothing from the others.
        let others = rest.after(promote + routes).flatMap { step in
            [step].after(attach.filter { $0.target == step.target })
        }
        return held + (waitsForStandbys ? attach + routes : routes + attach) + others
    }

    /// Commits of the clients that are let go wait for a standby.
    private var waitsForStandbys: Bool { spec.durability.mode != .asynchronous }

    /// All that can be done while clients still work.
    private func preparation(
        _ server: PostgreSQL.SwitchoverActions, _ poolers: [PgBouncer.SwitchoverActions],
        _ detached: [NodeSpec]
    ) -> [Step] {
        let slots = missingSlots
        let first =
            [server.checkpoint()] + daemons.map { $0.pause() } + (slots.isEmpty ? [] : [server.reserve(slots)])
        // A checkpoint may take minutes; the consoles are opened when it is over.
        let notes = notes(server)
        let noted = Set(notes.map(\.target))
        let prepared = first + notes + poolers.map { $0.stage() }.after(first)
        return prepared
            + detached.map {
                PostgreSQL.FailoverActions($0, database: spec.repmgr.database, mark: nil).detach(
                    for: switchover, isNoted: noted.contains($0.name))
            }.after(prepared)
    }

    /// The standbys of the old primary that are to follow the new one. For one that is far behind the stop waits. And where
    /// more than the target has to confirm a commit, all stream to the end: a commit that waits for them could not end, and
    /// so neither could PAUSE.
    private func detachable(_ roles: Roles) -> [NodeSpec] {
        guard !waitsForStandbys || spec.durability.standbys == 1 && spec.node(switchover.to)?.synchronous == true else {
            return []
        }
        return spec.dataNodes.filter { roles.upstreams[$0.name] == switchover.to && isDetachable($0) }
    }

    /// A receiver ends when all that it has received is replayed, and it is asked for by its name; without a slot nobody keeps
    /// what it lacks then. Before 13 it is not ended by a reload.
    private func isDetachable(_ node: NodeSpec) -> Bool {
        guard node.postgresql.version >= 13, node.delay == nil, spec.repmgr.useReplicationSlots,
            let old = snapshot.server(switchover.from), let end = old.lsn,
            let server = snapshot.server(node.name), let replayed = server.replayLSN, !server.replayPaused
        else { return false }
        return snapshot.streamsFrom(node.name, spec) == switchover.from
            && old.senders.contains { $0.applicationName == node.name }
            && replayed.lag(behind: end) <= spec.switchover.maximumLag.bytes
    }

    private func notes(_ server: PostgreSQL.SwitchoverActions) -> [Step] {
        spec.dataNodes.filter { node in
            guard node.name != switchover.from, node.name != switchover.to else { return false }
            return snapshot.host(node.name).map { !$0.holdsNoDatabase } ?? false
        }.map { server.note(on: $0) }
    }

    /// repmgrd where it runs: it could act by itself.
    private var daemons: [Repmgr.SwitchoverActions] {
        spec.nodes.filter { snapshot.repmgr[$0.name]?.host.value?.daemonRuns == true }.map { node in
            Repmgr.SwitchoverActions(node, database: spec.repmgr.database)
        }
    }

    private func poolers(_ after: ClusterSnapshot, _ roles: Roles) -> [PgBouncer.SwitchoverActions] {
        guard let pgbouncer = spec.pgbouncer, let old = spec.node(switchover.from) else { return [] }
        let routes = Composition(spec: spec, snapshot: after, roles: roles).routes(pgbouncer)
        let desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes)
        return pgbouncer.hosts.compactMap { host in
            PgBouncer.SwitchoverActions(
                desired, host: host.name, observed: snapshot.pgbouncer[host.name], leaving: old.host,
                pauseTimeout: spec.switchover.pauseTimeout)
        }
    }

    /// What is due once clients run again. Pools that were led away already are not led away twice.
    private func rest(_ after: ClusterSnapshot, _ roles: Roles, routed: Bool) -> [Step] {
        // A run that goes on after another finds clients held, and leads them in the shortest way.
        let steps = Composition(spec: spec, snapshot: after, roles: roles, isUrgent: !routed).steps()
            .filter { !routed || $0.reconciler != "pgbouncer" }
        return OrderingRules(spec: spec, roles: roles).ordered(steps)
    }

    /// Slots of the other standbys, of the old primary and of Barman, as far as the target lacks them.
    private var missingSlots: [String] {
        var names: [String] = []
        if spec.repmgr.useReplicationSlots {
            names = spec.dataNodes.filter {
                $0.name != switchover.to
                    && ($0.upstream == nil || $0.name == switchover.from || $0.upstream == switchover.to)
            }
            .map { "repmgr_slot_\($0.id)" }
        }
        if spec.barman?.follow == .primary,
            let slot = spec.barman?.settings.last(where: { $0.name == "slot_name" })?.value
        {
            names.append(slot)
        }
        let has = snapshot.server(switchover.to)?.slots.map(\.name) ?? []
        return names.filter { !has.contains($0) }
    }

    /// What a look would show right after the promotion: the old primary stopped in order, the target taking writes, no
    /// standby streaming yet.
    private func predicted(attached: [NodeSpec] = [], _ attachment: Attachment? = nil) -> ClusterSnapshot {
        var after = snapshot
        for (name, seen) in snapshot.repmgr {
            guard case .known(var host) = seen.host, host.daemonRuns else { continue }
            host.daemonPausedByUs = true
            after.repmgr[name]?.host = .known(host)
        }
        if case .known(var host)? = after.postgresql[switchover.from]?.host,
            case .cluster(let control?) = host.dataDirectory
        {
            var control = control
            control.state = "shut down"
            host.dataDirectory = .cluster(control)
            host.postmasterRuns = false
            host.switchoverMark = SwitchoverMark(to: switchover.to, phase: .promoting)
            after.postgresql[switchover.from]?.host = .known(host)
        }
        after.postgresql[switchover.from]?.server = .unknown(reason: "stopped for the switchover")
        for node in spec.dataNodes where node.name != switchover.from {
            guard case .known(var server)? = after.postgresql[node.name]?.server else { continue }
            if node.name == switchover.to {
                server.inRecovery = false
                server.timeline += 1
                server.senders = []
                server.receiver = nil
                server.slots += missingSlots.map {
                    ServerFacts.Slot(name: $0, isPhysical: true, active: false, walStatus: "reserved")
                }
                if let registry = snapshot.repmgr[switchover.from]?.registry, registry.value != nil {
                    after.repmgr[node.name]?.registry = registry
                }
                // Roles and grants are the database's, and came with it.
                if let old = snapshot.server(switchover.from) {
                    server.roles = old.roles
                    server.backupGrants = old.backupGrants
                    server.databases = old.databases
                }
            } else if snapshot.streamsFrom(node.name, spec) == switchover.from {
                server.receiver = nil
                if attached.contains(node) { attachment?.point(&server, of: node) }
            }
            after.postgresql[node.name]?.server = .known(server)
        }
        return after
    }
}

extension [Step] {
    /// The same, each to be begun when all of the others are done.
    func after(_ others: [Step]) -> [Step] {
        let ids = others.map(\.id)
        return map { step in
            var step = step
            step.after.formUnion(ids)
            return step
        }
    }
}
