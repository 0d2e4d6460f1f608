package import ClusterModel
import HostAccess

/// Servers that begin, end and change their role.
extension Effect {
    // MARK: beginning

    func create(_ name: NodeName, _ blocks: ConfigurationBlocks, _ nodes: inout Nodes) {
        var server = firstSight(of: nodes)
        if spec.node(name)?.kind == .witness { server.systemIdentifier = "of witness \(name)" }
        let control = ControlData(
            systemIdentifier: server.systemIdentifier, state: "in production", timeline: 1,
            checkpoint: server.lsn ?? LSN(rawValue: 0))
        server.inRecovery = false
        server.timeline = 1
        (server.roles, server.databases, server.backupGrants) = ([:], ["postgres"], [])
        (server.senders, server.receiver, server.slots) = ([], nil, [])
        // Of a first server nothing is known but what its file will say.
        for setting in blocks.parameters where server.parameters[setting.name] == nil {
            server.parameters[setting.name] = Parameter(value: setting.value)
        }
        nodes.editHost(name) { $0.record = HostRecord() }
        run(server, control, on: name, &nodes)
        place(blocks, on: name, &nodes)
        readConfiguration(of: name, restarted: true, &nodes)
        nodes[name]?.login = .failed(.refused, message: "no role of pgregent's yet")
    }

    /// Another timeline, and everything that was in the lost cluster.
    func recover(_ name: NodeName, _ blocks: ConfigurationBlocks, _ nodes: inout Nodes) {
        var server = firstSight(of: nodes)
        server.inRecovery = false
        server.timeline = 2
        let control = ControlData(
            systemIdentifier: server.systemIdentifier, state: "in production", timeline: 2,
            checkpoint: server.lsn ?? LSN(rawValue: 0))
        nodes.editHost(name) { $0.record = HostRecord() }
        run(server, control, on: name, &nodes)
        place(blocks, on: name, &nodes)
        readConfiguration(of: name, restarted: true, &nodes)
    }

    private func run(_ server: ServerFacts, _ control: ControlData?, on name: NodeName, _ nodes: inout Nodes) {
        nodes.editHost(name) { host in
            if let control { host.dataDirectory = .cluster(control) }
            host.postmasterRuns = true
            host.unfinishedWork = nil
        }
        nodes[name]?.server = .known(server)
        nodes[name]?.login = .accepted
    }

    func start(_ name: NodeName, _ nodes: inout Nodes) {
        guard let node = spec.node(name), let host = nodes.host(name) else { return }
        var server = firstSight(of: nodes)
        if let control = host.controlData {
            server.systemIdentifier = control.systemIdentifier
            server.timeline = control.timeline
        }
        server.inRecovery = node.kind == .data
        (server.senders, server.receiver, server.slots, server.backupGrants) = ([], nil, [], nil)
        nodes.editHost(name) { $0.postmasterRuns = true }
        nodes[name]?.server = .known(server)
        nodes[name]?.login = .accepted
        readConfiguration(of: name, restarted: true, &nodes)
        // It points where it did: at its upstream, as far as that can be told.
        if let upstream = upstream(of: node, nodes) { point(name, at: upstream, &nodes) }
    }

    /// The server of a primary that was stopped runs as it was; whoever streamed from it has not come back yet.
    package func startAgain(_ name: NodeName, _ nodes: inout Nodes) {
        var server = firstSight(of: nodes)
        let control = nodes.host(name)?.controlData
        server.inRecovery = false
        server.timeline = control?.timeline ?? 1
        server.systemIdentifier = control?.systemIdentifier ?? server.systemIdentifier
        (server.senders, server.receiver) = ([], nil)
        server.slots = slotsOfPrimary(name)
        nodes.editHost(name) { $0.postmasterRuns = true }
        nodes[name]?.server = .known(server)
        nodes[name]?.login = .accepted
        readConfiguration(of: name, restarted: true, &nodes)
    }

    /// What a primary has for all that stream from it.
    private func slotsOfPrimary(_ name: NodeName) -> [ServerFacts.Slot] {
        let standbys = spec.repmgr.useReplicationSlots ? spec.dataNodes.filter { isBehind($0, name) } : []
        let barman = spec.barman?.settings.last { $0.name == "slot_name" }?.value
        return (standbys.map { "repmgr_slot_\($0.id)" } + [barman].compactMap { $0 }).map(Self.slot)
    }

    private func isBehind(_ node: NodeSpec, _ primary: NodeName) -> Bool {
        node.name != primary && (node.upstream == nil || node.upstream == primary)
    }

    private static func slot(_ name: String) -> ServerFacts.Slot {
        ServerFacts.Slot(name: name, isPhysical: true, active: false, walStatus: "reserved")
    }

    /// The node that this one is to stream from; nil for the primary itself, and where nobody takes writes.
    private func upstream(of node: NodeSpec, _ nodes: Nodes) -> NodeName? {
        let writable = spec.dataNodes.filter { nodes.server($0.name)?.inRecovery == false }
        if writable.contains(where: { $0.name == node.name }) { return nil }
        let declared = node.upstream.flatMap { spec.node($0) }.flatMap { $0.ensure == .present ? $0.name : nil }
        return declared ?? writable.first?.name
    }

    // MARK: ending

    func stop(_ name: NodeName, _ nodes: inout Nodes) {
        shutDown(name, state: nodes.server(name)?.inRecovery == true ? "shut down in recovery" : "shut down", &nodes)
    }

    func fence(_ name: NodeName, _ nodes: inout Nodes) {
        nodes.editHost(name) { host in
            host.isFenced = true
            host.postmasterRuns = false
        }
        loseServer(name, &nodes)
    }

    /// Stopped in order, and the other one has all of its log: roles, grants and databases are the database's, and came with it.
    func demote(_ switchover: Switchover, _ nodes: inout Nodes) {
        let old = nodes.server(switchover.from)
        shutDown(switchover.from, state: "shut down", &nodes)
        nodes.editHost(switchover.from) {
            $0.recordedStop = RecordedStop(to: switchover.to, phase: .promoting)
        }
        guard let old else { return }
        nodes.editServer(switchover.to) { server in
            (server.roles, server.backupGrants, server.databases) = (old.roles, old.backupGrants, old.databases)
        }
    }

    /// The checkpoint of a shutdown is the last record of the log, of this many bytes.
    private static let shutdownRecord: UInt64 = 0x38

    private func shutDown(_ name: NodeName, state: String, _ nodes: inout Nodes) {
        let server = nodes.server(name)
        nodes.editHost(name) { host in
            host.postmasterRuns = false
            guard var control = host.controlData else { return }
            control.state = state
            if let server {
                control.timeline = server.timeline
                if let end = server.lsn?.rawValue, end > Self.shutdownRecord {
                    control.checkpoint = LSN(rawValue: end - Self.shutdownRecord)
                }
            }
            host.dataDirectory = .cluster(control)
        }
        loseServer(name, &nodes)
    }

    /// The server is gone: nothing of it is seen, and whoever streamed from it does not any more.
    package func loseServer(_ name: NodeName, _ nodes: inout Nodes) {
        let message = "\(name):\(spec.node(name)?.postgresql.port ?? 5432) refused the connection"
        loseServer(name, reason: message, login: .failed(.refused, message: message), &nodes)
    }

    package func loseServer(
        _ name: NodeName, reason: String, login: Observed.Login, _ nodes: inout Nodes
    ) {
        disconnect(name, &nodes)
        guard let host = spec.node(name)?.host else { return }
        nodes[name]?.server = .unknown(reason: reason)
        nodes[name]?.login = login
        for other in spec.nodes {
            nodes.editServer(other.name) { if $0.receiver?.host == host { $0.receiver = nil } }
        }
    }

    // MARK: another role

    /// A new timeline; what it shows of grants is asked of a primary only, and not known yet.
    package func promote(_ name: NodeName, _ nodes: inout Nodes) {
        disconnect(name, &nodes)
        nodes.editServer(name) { server in
            server.inRecovery = false
            server.timeline += 1
            server.replayLSN = nil
        }
        let timeline = nodes.server(name)?.timeline ?? 2
        nodes.editHost(name) { host in
            host.hasStandbySignal = false
            guard var control = host.controlData else { return }
            (control.state, control.timeline) = ("in production", timeline)
            host.dataDirectory = .cluster(control)
        }
    }

    /// It was a primary, and streams from another one now: the slots that it had for others stay, and repmgr drops the one that
    /// it had for its new upstream (seen with repmgr 5.3.3).
    ///
    /// - Parameter isRewound: pg_rewind leaves no slot.
    package func rejoin(_ name: NodeName, to upstream: NodeName, isRewound: Bool, _ nodes: inout Nodes) {
        var server = firstSight(of: nodes)
        let source = nodes.server(upstream)
        server.systemIdentifier = source?.systemIdentifier ?? server.systemIdentifier
        (server.senders, server.receiver) = ([], nil)
        nodes[name]?.server = .known(server)
        nodes[name]?.login = .accepted
        makeStandby(name, of: upstream, &nodes)
        nodes.editHost(name) { host in
            host.postmasterRuns = true
            host.unfinishedWork = nil
        }
        let dropped = spec.node(upstream).map { "repmgr_slot_\($0.id)" }
        nodes.editServer(name) { server in
            server.slots = isRewound ? [] : slotsOfPrimary(name).filter { $0.name != dropped }
        }
        readConfiguration(of: name, restarted: true, &nodes)
    }

    /// It is a copy of the other, and streams from it.
    ///
    /// - Parameter configuration: of whose host it takes the configuration; nil: its own is there.
    package func clone(
        _ name: NodeName, from upstream: NodeName, configuration: NodeName?, _ nodes: inout Nodes
    ) {
        guard var server = nodes.server(upstream), let from = nodes.host(upstream) else { return }
        server.sizeInBytes = nil
        server.receiver = nil
        let copied = configuration.flatMap { nodes.host($0) }
        nodes.editHost(name) { host in
            host.dataDirectory = .cluster(from.controlData)
            host.postmasterRuns = true
            host.unfinishedWork = nil
            if host.recordedFailover?.phase == .promoting { host.recordedFailover = nil }
            guard let copied, !host.hasConfiguration else { return }
            host.configuration = copied.configuration
            host.hba = copied.hba
            host.hasConfiguration = true
        }
        nodes[name]?.server = .known(server)
        nodes[name]?.login = .accepted
        makeStandby(name, of: upstream, &nodes)
    }
}
