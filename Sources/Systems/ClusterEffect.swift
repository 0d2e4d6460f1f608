import Barman
package import ClusterModel
import HostAccess
import PgBouncer
package import PostgreSQL
package import Repmgr

/// What an observation would show after a step has succeeded: each system says it of itself, and here is what one does to
/// another.
///
/// The planner predicts with it, models of a cluster in tests live by it, and on real hosts it is held against a fresh
/// observation after every step.
package struct ClusterEffect: Sendable {
    let spec: ClusterSpec
    private let template: ServerFacts?

    /// - Parameter template: what a server shows that is seen for the first time; nil: what another of the cluster shows.
    package init(_ spec: ClusterSpec, template: ServerFacts? = nil) {
        self.spec = spec
        self.template = template
    }

    package var ofPostgreSQL: PostgreSQL.Effect { PostgreSQL.Effect(spec, template: template) }
    package var ofRepmgr: Repmgr.Effect { Repmgr.Effect(spec) }

    package func apply(_ steps: [Step], to snapshot: inout ClusterSnapshot) {
        for step in steps { apply(step, to: &snapshot) }
    }

    /// And what PostgreSQL does by itself then: a receiver connects.
    package func applyWithStreams(_ step: Step, to snapshot: inout ClusterSnapshot) {
        apply(step, to: &snapshot)
        switch step.action {
        case .postgresql(.follow), .postgresql(.startStandby), .postgresql(.createSlot):
            ofPostgreSQL.connect(step.target, &snapshot.postgresql)
            replayRegistries(&snapshot)
        default: break
        }
    }

    package func apply(_ step: Step, to snapshot: inout ClusterSnapshot) {
        switch step.action {
        case .postgresql(let action):
            apply(action, on: step.target, &snapshot)
            replayRegistries(&snapshot)
        case .repmgr(let action):
            let before = snapshot.repmgr
            apply(action, on: step.target, &snapshot)
            keepUnreplayed(before, &snapshot)
            replayRegistries(&snapshot)
        case .pgbouncer(let action):
            guard case .known(var pooler)? = snapshot.pgbouncer[step.target] else { return }
            PgBouncer.Effect(secrets: secrets(snapshot)).apply(action, to: &pooler)
            snapshot.pgbouncer[step.target] = .known(pooler)
        case .barman(let action): apply(action, on: step.target, &snapshot)
        case .decision: break
        }
    }

    private func secrets(_ snapshot: ClusterSnapshot) -> [String: Secret] {
        let roles = spec.dataNodes.lazy.compactMap { snapshot.server($0.name) }.first { !$0.inRecovery }?.roles ?? [:]
        return roles.compactMapValues(\.storedSecret)
    }

    // MARK: PostgreSQL

    private func apply(_ action: PostgreSQLAction, on name: HostName, _ snapshot: inout ClusterSnapshot) {
        let registry = snapshot.registryOfPrimary(spec)
        let sources = sourcesOfBarman(snapshot)
        ofPostgreSQL.apply(action, on: name, to: &snapshot.postgresql)
        switch action {
        case .create, .recover: snapshot.repmgr[name]?.registry = .known([])
        // repmgr's registry is a table, of which the new primary has all that the old one had.
        case .demote(let switchover):
            guard let registry else { break }
            snapshot.repmgr[switchover.to]?.registry = .known(registry)
        case .startStandby, .startWitness, .startAgain, .startCrashed:
            snapshot.repmgr[name]?.registry = .known(registry ?? [])
        // Standbys come back by themselves; pg_receivewal, as Barman runs it, ends with its connection.
        case .restart:
            guard let user = spec.barman?.streamingUser, case .known(var server)? = snapshot.postgresql[name]?.server
            else { break }
            server.senders.removeAll { $0.user == user }
            snapshot.postgresql[name]?.server = .known(server)
        case .setPassfile, .carryOverRecord, .removeCreationMark, .grantRoles, .setParameters, .raiseParameters,
            .setHBA, .reload,
            .stopStandby, .createSlot, .dropSlot, .dropStaleSlots, .installWatchdog, .removeWatchdog,
            .checkpoint, .reserveSlots, .noteSwitchover, .stopReceiverForSwitchover, .promoteForSwitchover,
            .endSwitchover, .fence, .fenceByCommand, .unfence, .stopReceiverForFailover, .catchUp, .noteFailover,
            .promoteForFailover, .follow, .endFailover:
            break
        }
        forgetRegistries(&snapshot)
        if !sources.isEmpty, sourcesOfBarman(snapshot).isEmpty, case .known(var host)? = snapshot.barman {
            host.receiverRuns = false
            snapshot.barman = .known(host)
        }
    }

    /// The nodes that list Barman's receiver: one that was cut off may do so for a minute beside the right one.
    private func sourcesOfBarman(_ snapshot: ClusterSnapshot) -> [NodeName] {
        guard let user = spec.barman?.streamingUser else { return [] }
        return spec.dataNodes.map(\.name).filter { name in
            snapshot.server(name)?.senders.contains { $0.user == user } == true
        }
    }

    /// A server that is gone shows no registry.
    private func forgetRegistries(_ snapshot: inout ClusterSnapshot) {
        for (name, seen) in snapshot.postgresql {
            if case .unknown(let reason) = seen.server, snapshot.repmgr[name]?.registry.value != nil {
                snapshot.repmgr[name]?.registry = .unknown(reason: reason)
            }
        }
    }

    // MARK: repmgr

    private func apply(_ action: RepmgrAction, on name: HostName, _ snapshot: inout ClusterSnapshot) {
        let servers = ofPostgreSQL
        switch action {
        case .clone(let clone):
            servers.clone(name, from: clone.upstream, configuration: clone.primary, &snapshot.postgresql)
        case .follow(let upstream, _, _):
            servers.disconnect(name, &snapshot.postgresql)
            leaveFormerUpstream(name, for: upstream, &snapshot)
            servers.point(name, at: upstream, &snapshot.postgresql)
            servers.connect(name, &snapshot.postgresql)
        case .rejoin(let upstream, _): servers.rejoin(name, to: upstream, isRewound: false, &snapshot.postgresql)
        case .rewind(let rewind): servers.rejoin(name, to: rewind.upstream, isRewound: true, &snapshot.postgresql)
        case .reconnect: servers.connect(name, &snapshot.postgresql)
        case .register: snapshot.postgresql.editHost(name) { $0.unfinishedWork = nil }
        case .configure, .unregister, .startDaemon, .pauseDaemon, .unpauseDaemon: break
        }
        ofRepmgr.apply(action, on: name, to: &snapshot.repmgr)
    }

    /// `repmgr standby follow` drops the node's slot on the upstream that the registry has, where that one is another.
    private func leaveFormerUpstream(_ name: NodeName, for upstream: NodeName, _ snapshot: inout ClusterSnapshot) {
        guard spec.repmgr.useReplicationSlots, let node = spec.node(name),
            let record = snapshot.registryOfPrimary(spec)?.first(where: { $0.id == node.id }),
            let former = spec.nodes.first(where: { $0.id == record.upstream })?.name, former != upstream
        else { return }
        ofPostgreSQL.dropSlots(["repmgr_slot_\(node.id)"], on: former, &snapshot.postgresql)
    }

    // MARK: Barman

    private func apply(_ action: BarmanAction, on target: HostName, _ snapshot: inout ClusterSnapshot) {
        guard let barman = spec.barman, case .known(var host)? = snapshot.barman else { return }
        Barman.Effect(barman).apply(action, to: &host, sshKeys: &snapshot.sshKeys)
        snapshot.barman = .known(host)
        switch action {
        case .createSlot(let slot, let node): ofPostgreSQL.addSlots([slot], on: node, &snapshot.postgresql)
        case .dropSlot(let slot): ofPostgreSQL.dropSlots([slot], on: target, &snapshot.postgresql)
        case .receive(let start): receive(barman, from: start.source, &snapshot)
        case .configure, .setPassfile, .setAlias, .archiveFirstSegment, .authorize: break
        }
    }

    /// The receiver leaves the node that it was connected to.
    private func receive(_ barman: BarmanSpec, from source: NodeName, _ snapshot: inout ClusterSnapshot) {
        let slot = barman.settings.last { $0.name == "slot_name" }?.value
        for node in spec.nodes {
            snapshot.postgresql.editServer(node.name) { server in
                server.senders.removeAll { $0.user == barman.streamingUser }
                guard node.name == source else { return }
                server.senders.append(
                    ServerFacts.Sender(
                        applicationName: "barman_receive_wal", user: barman.streamingUser, state: "streaming",
                        syncState: "async", sentLSN: server.lsn, replayLSN: nil, slot: slot))
            }
        }
    }
}

extension ClusterSnapshot {
    /// repmgr's registry as the node has it that takes writes; nil: none does, or its registry was not seen.
    func registryOfPrimary(_ spec: ClusterSpec) -> [Record]? {
        let primary = spec.dataNodes.first { server($0.name)?.inRecovery == false }
        return primary.flatMap { repmgr[$0.name]?.registry.value }
    }
}
