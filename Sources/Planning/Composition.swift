import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
package import Systems

/// Resolves each system's slice of the file against the roles and what was seen of the other systems. Reconcilers do
/// not know each other: what one needs of another is handed over here.
struct Composition {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let roles: Roles
    /// Clients wait for what the poolers are told.
    var isUrgent = false

    func steps() -> [Step] {
        PostgreSQL.Planner(desired: PostgreSQL.Desired(spec, roles: roles), observed: snapshot.postgresql).steps()
            + registrySteps() + poolerSteps() + backupSteps()
    }

    // MARK: repmgr

    private func registrySteps() -> [Step] {
        let steps = Repmgr.Planner(
            desired: Repmgr.Desired(spec, roles: roles), observed: snapshot.repmgr, state: serverStates
        ).steps()
        return (steps.map(followOverSession) + lingering).map(unlessAnotherFailover)
    }

    /// Standbys that were told to stop their receiver and have not come to it: it ends when all is replayed that was
    /// received, which may be in hours. repmgr takes them for followers.
    private var lingering: [Step] {
        spec.dataNodes.compactMap { node in
            guard snapshot.server(node.name)?.pointsNowhere == true,
                let upstream = snapshot.streamsFrom(node.name, spec),
                upstream == roles.upstreams[node.name]
            else { return nil }
            return Step(.postgresql(.follow(upstream, .lingering)), on: node.name, cause: .repair)
        }
    }

    /// A standby that was frozen for a failover is told where to receive from as it was told to stop: at once, for clients may
    /// wait for its word, and also where it does not reach that node now, which repmgr would ask first.
    private func followOverSession(_ step: Step) -> Step {
        guard case .repmgr(.follow(let upstream, _, _)) = step.action, let node = spec.node(step.target),
            snapshot.server(node.name)?.pointsNowhere == true,
            isFrozen(node) || aboutToBePromoted.contains(node.name)
        else { return step }
        return Step(.postgresql(.follow(upstream, .stoppedForFailover)), on: node.name, cause: .repair)
    }

    private func isFrozen(_ node: NodeSpec) -> Bool { snapshot.host(node.name)?.recordedFailover?.phase == .frozen }

    /// A standby whose receiver was stopped goes on towards the old primary, which is back: unless another pgregent goes on with
    /// a failover meanwhile. Who was about to be promoted is told first where to receive from, so that it is promoted no more;
    /// whether it gets a stream there does not matter.
    private func unlessAnotherFailover(_ step: Step) -> Step {
        guard step.has(.leadsReceiver), let node = spec.node(step.target),
            isFrozen(node) || snapshot.server(node.name)?.pointsNowhere == true
        else { return step }
        var step = step
        let chosen = aboutToBePromoted
        step.preconditions += spec.dataNodes.filter { other in
            other.name == node.name || chosen.contains(other.name) && snapshot.host(other.name) != nil
        }.map { other in
            .postgresql(
                .recordedFailoverUnchanged(
                    other.name, since: FailoverReplacement(snapshot.host(other.name)?.recordedFailover)))
        }
        guard !chosen.contains(node.name) else { return step }
        for other in spec.dataNodes where chosen.contains(other.name) {
            step = step.after([StepID(.postgresqlAttach, other.name)], .chosenGoesOnFirst)
            if snapshot.server(other.name)?.hasUpstream == true {
                step.preconditions.append(.postgresql(.isFollowing(other.name)))
            }
        }
        return step
    }

    /// As others were told, or as its own mark says: its server may have been seen before it was promoted, and its mark after.
    private var aboutToBePromoted: Set<NodeName> {
        Set(
            spec.dataNodes.compactMap { node in
                guard let mark = snapshot.host(node.name)?.recordedFailover else { return nil }
                let isPromoting = mark.phase == .promoting && snapshot.server(node.name)?.inRecovery == true
                return isPromoting ? node.name : mark.chosen
            })
    }

    private var serverStates: [NodeName: Repmgr.Planner.ServerState] {
        Dictionary(spec.nodes.compactMap { node in serverState(node).map { (node.name, $0) } }) { $1 }
    }

    private func serverState(_ node: NodeSpec) -> Repmgr.Planner.ServerState? {
        guard let host = snapshot.host(node.name) else { return nil }
        let server = snapshot.server(node.name)
        var state = Repmgr.Planner.ServerState(
            data: data(host), runs: host.postmasterRuns, inRecovery: server?.inRecovery,
            streamsFrom: snapshot.streamsFrom(node.name, spec), isPointedRight: isPointedRight(node, server),
            hasConfiguration: host.hasConfiguration,
            rejoin: rejoin(node, host),
            sizeInBytes: server?.sizeInBytes)
        state.isPastFork = roles.primary.map { snapshot.forkBefore(node.name, primary: $0) != nil } ?? false
        state.recordedFailover = host.recordedFailover
        state.replayIsPaused = server?.replayPaused == true
        state.hasDaemonLibrary = DaemonLibrary.isLoaded(node, server)
        return state
    }

    private func rejoin(_ node: NodeSpec, _ host: PostgreSQL.HostFacts) -> Repmgr.Planner.ServerState.Rejoin? {
        guard let primary = roles.primary, RoleAssignment.mayRejoin(node, spec, snapshot, primary: primary) else {
            return nil
        }
        if let mark = host.recordedStop, mark.phase != .guarded { return .asItIs }
        return spec.failover.rejoin == .clone
            ? .cloned : .rewound(isStoppedInOrder: host.controlData?.state == "shut down")
    }

    private func data(_ host: PostgreSQL.HostFacts) -> Repmgr.Planner.ServerState.Data {
        if host.unfinishedWork != nil { return .unfinishedClone(isRunning: host.workRuns) }
        switch host.dataDirectory {
        case .missing, .empty: return .none
        case .cluster(.some): return .cluster
        case .cluster(nil), .other, .unreadable: return .other
        }
    }

    private func isPointedRight(_ node: NodeSpec, _ server: ServerFacts?) -> Bool {
        guard let server, let upstream = roles.upstreams[node.name].flatMap({ spec.node($0) }) else { return false }
        let conninfo = server.parameters["primary_conninfo"].flatMap { Conninfo.parse($0.value) } ?? [:]
        guard conninfo["host"] == upstream.host, conninfo["port"] ?? "5432" == String(upstream.postgresql.port) else {
            return false
        }
        guard spec.repmgr.useReplicationSlots else { return true }
        return server.parameters["primary_slot_name"]?.value == "repmgr_slot_\(node.id)"
    }

    // MARK: PgBouncer

    private func poolerSteps() -> [Step] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        var desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes(pgbouncer))
        desired.isUrgent = isUrgent
        return PgBouncer.Planner(desired: desired, observed: snapshot.pgbouncer).steps()
    }

    func routes(_ pgbouncer: PgBouncerSpec) -> PgBouncer.Desired.Routes {
        let primary = roles.primary.flatMap { spec.node($0) }
        let server = primary.flatMap { snapshot.server($0.name) }
        let nodes = spec.nodesByName
        let local = pgbouncer.hosts.filter(\.isNode).compactMap { host in
            nodes[host.name].map { (host.name, backend($0, nil)) }
        }
        let secrets = server.map { server in
            Dictionary(pgbouncer.users.compactMap { user in server.roles[user]?.storedSecret.map { (user, $0) } }) {
                $1
            }
        }
        return PgBouncer.Desired.Routes(
            primary: primary.map { backend($0, nil) }, streaming: streaming(server?.lsn),
            local: Dictionary(local) { $1 },
            secrets: secrets, secretsNode: primary?.name,
            lost: Set(
                spec.dataNodes.filter { node in
                    node.name != primary?.name && snapshot.host(node.name) == nil && snapshot.server(node.name) == nil
                }.map(\.host)))
    }

    /// Standbys that reads can go to. While the cluster is still to be made there are no clients, so the declared ones
    /// are taken: the plan then shows the whole way.
    private func streaming(_ end: LSN?) -> [PgBouncer.Desired.Backend] {
        spec.dataNodes.filter { $0.name != roles.primary && !$0.maintenance }.compactMap { node in
            if roles.primaryIsToBeCreated { return roles.upstreams[node.name].map { _ in backend(node, nil) } }
            guard roles.primary != nil, snapshot.streamsFrom(node.name, spec) != nil,
                let server = snapshot.server(node.name),
                server.inRecovery
            else { return nil }
            let lag = end.flatMap { end in server.replayLSN.map { $0.lag(behind: end) } }
            return backend(node, lag)
        }
    }

    private func backend(_ node: NodeSpec, _ lag: UInt64?) -> PgBouncer.Desired.Backend {
        PgBouncer.Desired.Backend(node: node.name, host: node.host, port: node.postgresql.port, lag: lag)
    }

    // MARK: Barman

    /// The node that is made from a backup.
    private var recoveredNode: NodeSpec? {
        guard case .create(_?) = roles.course else { return nil }
        return roles.primary.flatMap { spec.node($0) }
    }

    private func backupSteps() -> [Step] {
        guard let barman = spec.barman, let seen = snapshot.barman else { return [] }
        let recovered = recoveredNode
        let desired = Barman.Desired(barman, cluster: spec, source: source(barman), recovered: recovered)
        return Barman.Planner(desired: desired, observed: seen, sshKeys: snapshot.sshKeys).steps()
    }

    private func source(_ barman: BarmanSpec) -> Barman.Desired.Source? {
        BackupSource.node(spec, snapshot, roles).map { node in
            let server = snapshot.server(node.name)
            let slot = barman.settings.last { $0.name == "slot_name" }?.value
            return Barman.Desired.Source(
                node: node, hasSlot: server.map { server in server.slots.contains { $0.name == slot } },
                isReceiving: server.map { server in
                    server.senders.contains { $0.user == barman.streamingUser && $0.state == "streaming" }
                },
                formerSources: spec.dataNodes.filter { other in
                    other.name != node.name
                        && snapshot.server(other.name)?.slots.contains { $0.name == slot && !$0.active } == true
                })
        }
    }
}

/// Where each pool should lead, by pooler and database, as PgBouncer's `host` shows it.
package enum PoolTargets {
    package static func desired(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> [HostName: [String: String]] {
        guard let pgbouncer = spec.pgbouncer else { return [:] }
        let roles = RoleAssignment.assign(spec, snapshot)
        let routes = Composition(spec: spec, snapshot: snapshot, roles: roles).routes(pgbouncer)
        let poolers = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes).poolers
        return Dictionary(
            poolers.map { pooler in
                let pools = pooler.databases.filter { !$0.backends.isEmpty }.map { ($0.spec.name, $0.hostList) }
                return (pooler.host.name, Dictionary(pools) { first, _ in first })
            }
        ) { first, _ in first }
    }
}

/// Which node is backed up.
package enum BackupSource {
    /// The primary; or with `follow: standby` the streaming standby with the lowest id, and the primary without one.
    package static func node(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ roles: Roles) -> NodeSpec? {
        let primary = roles.primary.flatMap { spec.node($0) }
        guard spec.barman?.follow == .standby, primary != nil else { return primary }
        let standbys = spec.dataNodes.filter {
            $0.name != roles.primary && !$0.maintenance && snapshot.streamsFrom($0.name, spec) != nil
        }
        return standbys.min { $0.id < $1.id } ?? primary
    }
}
