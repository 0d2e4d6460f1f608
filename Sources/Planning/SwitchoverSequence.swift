import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
import Systems

/// The steps of a planned change of primary: what clients wait for first, as short as can be, then everything else as
/// it would be planned for the cluster with its new primary.
struct SwitchoverSequence {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let switchover: Switchover

    func steps() -> [Step] {
        guard spec.node(switchover.from) != nil, spec.node(switchover.to) != nil else { return [] }
        let first = first
        let notes = notes
        let demote = step(.demote(switchover), on: switchover.from)
        let promote = step(.promoteForSwitchover(switchover, proves: false), on: switchover.to)
        let effect = ClusterEffect(spec)
        var after = snapshot
        effect.apply(first + [demote, promote], to: &after)
        let roles = RoleAssignment.assign(spec, after)
        let detached = detachable(roles).map(\.name)
        let follow = detached.map { step(.follow(switchover.to, .switchover), on: $0) }
        effect.apply(follow, to: &after)

        let holds = holds(after, roles)
        // A checkpoint may take minutes; the consoles are opened when it is over.
        let stages = holds.map { $0.stage() }.after(first, .prepareBeforeHold)
        let prepared = first + notes + stages
        let detach = detached.map { stopReceiver(of: $0, noted: notes) }.after(prepared, .prepareBeforeHold)
        let ready = prepared + detach
        let pauses = holds.compactMap { $0.pause() }.after(ready, .prepareBeforeHold)
        let demoted = [demote].after(ready, .prepareBeforeHold).after(pauses, .pausePoolersBeforeDemotion)
        // When there is no way back any more, and while the target is promoted, which leaves the hosts time.
        let places = holds.map { $0.place() }.after(demoted, .placeAfterDemotion)
        let promoted = [promote].after(demoted, .demoteBeforePromotion)
        let routes = holds.map { $0.route() }.after(promoted, .promoteBeforeRoute).flatMap { route in
            [route].after(places.filter { $0.target == route.target }, .routeBeforeResume)
        }
        let follows = follow.after(promoted, .promoteBeforeFollow).after(
            waitsForStandbys ? [] : routes, .clientsBeforeStandbys)
        // A standby that does not answer any more keeps nothing from the others.
        let others = rest(after, roles, routed: true).after(promoted + routes, .clientsBeforeTheRest).flatMap { step in
            [step].after(follows.filter { $0.target == step.target }, .followBeforeTheRest)
        }
        return ready + pauses + demoted + places + promoted
            + (waitsForStandbys ? follows + routes : routes + follows) + others
    }

    /// The old primary was stopped by an earlier run: there is only forward.
    func promotionAlone() -> [Step] {
        guard spec.node(switchover.to) != nil else { return [] }
        let promote = step(.promoteForSwitchover(switchover, proves: true), on: switchover.to)
        var after = snapshot
        ClusterEffect(spec).apply([promote], to: &after)
        let roles = RoleAssignment.assign(spec, after)
        return [promote] + rest(after, roles, routed: false).after([promote], .promoteBeforeTheRest)
    }

    private func step(_ action: PostgreSQLAction, on target: NodeName) -> Step {
        Step(.postgresql(action), on: target, cause: .switchover)
    }

    /// Commits of the clients that are let go wait for a standby.
    private var waitsForStandbys: Bool { spec.durability.mode != .asynchronous }

    /// What may take its time, and comes before everything else.
    private var first: [Step] {
        let slots = missingSlots
        return [step(.checkpoint, on: switchover.from)] + daemonPauses
            + (slots.isEmpty ? [] : [step(.reserveSlots(slots), on: switchover.to)])
    }

    private func stopReceiver(of name: NodeName, noted notes: [Step]) -> Step {
        let isNoted = notes.contains { $0.target == name }
        return step(.stopReceiverForSwitchover(switchover, isNoted: isNoted), on: name)
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

    private var notes: [Step] {
        spec.dataNodes.filter { node in
            guard node.name != switchover.from, node.name != switchover.to else { return false }
            return snapshot.host(node.name).map { !$0.holdsNoDatabase } ?? false
        }.map { step(.noteSwitchover(switchover), on: $0.name) }
    }

    /// repmgrd where it runs: it could act by itself.
    private var daemonPauses: [Step] {
        spec.nodes.filter { snapshot.repmgr[$0.name]?.host.value?.daemonRuns == true }.map { node in
            Step(.repmgr(.pauseDaemon), on: node.name, cause: .switchover)
        }
    }

    private func holds(_ after: ClusterSnapshot, _ roles: Roles) -> [ClientHold] {
        guard let pgbouncer = spec.pgbouncer, let old = spec.node(switchover.from) else { return [] }
        let routes = Composition(spec: spec, snapshot: after, roles: roles).routes(pgbouncer)
        let desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes)
        return pgbouncer.hosts.compactMap { host in
            ClientHold(desired, host: host.name, observed: snapshot.pgbouncer[host.name], leaving: old.host)
        }
    }

    /// What is due once clients run again. Pools that were led away already are not led away twice.
    private func rest(_ after: ClusterSnapshot, _ roles: Roles, routed: Bool) -> [Step] {
        // A run that goes on after another finds clients held, and leads them in the shortest way.
        let steps = Composition(spec: spec, snapshot: after, roles: roles, isUrgent: !routed).steps()
            .filter { !routed || $0.action.system != .pgbouncer }
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
}
