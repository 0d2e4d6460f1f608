package import ClusterModel
import HostAccess

/// Who streams from whom.
extension Effect {
    /// The server on `name` becomes a copy that streams from `upstream` through its slot, where the upstream runs.
    package func makeStandby(_ name: NodeName, of upstream: NodeName, _ nodes: inout Nodes) {
        guard nodes[upstream] != nil else { return }
        let timeline = nodes.server(upstream)?.timeline ?? 1
        let identifier = nodes.server(upstream)?.systemIdentifier
        nodes.editHost(name) { host in
            host.hasStandbySignal = true
            guard var control = host.controlData else { return }
            (control.state, control.timeline) = ("in archive recovery", timeline)
            control.systemIdentifier = identifier ?? control.systemIdentifier
            host.dataDirectory = .cluster(control)
        }
        nodes.editServer(name) { server in
            server.inRecovery = true
            server.timeline = timeline
            server.replayLSN = server.lsn
            server.backupGrants = nil
            server.slots = []
            server.senders = []
        }
        point(name, at: upstream, &nodes)
        connect(name, &nodes)
    }

    /// Its settings name the upstream and, where slots are used, its slot there, which exists.
    package func point(_ name: NodeName, at upstream: NodeName, _ nodes: inout Nodes) {
        guard let node = spec.node(name) else { return }
        let slot = spec.repmgr.useReplicationSlots ? "repmgr_slot_\(node.id)" : ""
        self.name(upstream, slot: slot, as: node, &nodes)
        if !slot.isEmpty { addSlots([slot], on: upstream, &nodes) }
    }

    private func name(_ upstream: NodeName, slot: String, as node: NodeSpec, _ nodes: inout Nodes) {
        guard let source = spec.node(upstream) else { return }
        let conninfo = Quoting.conninfo([
            ("host", source.host), ("port", String(source.postgresql.port)), ("user", spec.repmgr.user),
            ("application_name", node.name),
        ])
        nodes.editServer(node.name) { server in
            server.parameters["primary_conninfo"] = Parameter(value: conninfo)
            server.parameters["primary_slot_name"] = Parameter(value: slot)
        }
    }

    package func addSlots(_ names: [String], on keeper: NodeName, _ nodes: inout Nodes) {
        nodes.editServer(keeper) { server in
            for name in names where !server.slots.contains(where: { $0.name == name }) {
                server.slots.append(
                    ServerFacts.Slot(name: name, isPhysical: true, active: false, walStatus: "reserved"))
            }
        }
    }

    /// A slot in use cannot be dropped.
    package func dropSlots(_ names: [String], on keeper: NodeName, _ nodes: inout Nodes) {
        nodes.editServer(keeper) { server in
            server.slots.removeAll { names.contains($0.name) && !$0.active }
        }
    }

    /// A receiver connects wherever primary_conninfo leads, if a server of the cluster answers there.
    package func connect(_ name: NodeName, _ nodes: inout Nodes) {
        disconnect(name, &nodes)
        guard let node = spec.node(name), let server = nodes.server(name), server.inRecovery,
            let conninfo = server.parameters["primary_conninfo"].flatMap({ Conninfo.parse($0.value) }),
            let source = spec.nodes.first(where: { $0.host == conninfo["host"] }),
            let upstream = nodes.server(source.name), upstream.systemIdentifier == server.systemIdentifier
        else { return }
        // None is named while it catches up with another standby.
        let usesSlot = spec.repmgr.useReplicationSlots && server.parameters["primary_slot_name"]?.value != ""
        let slot = usesSlot ? "repmgr_slot_\(node.id)" : nil
        guard slot == nil || upstream.slots.contains(where: { $0.name == slot }) else { return }
        nodes.editServer(name) { server in
            server.receiver = ServerFacts.Receiver(
                status: "streaming", host: source.host, port: String(source.postgresql.port), slot: slot)
            server.lsn = upstream.lsn
            server.replayLSN = upstream.lsn
        }
        lead(name, onto: upstream.timeline, &nodes)
        nodes.editServer(source.name) { server in
            server.senders.append(
                ServerFacts.Sender(
                    applicationName: name, user: spec.repmgr.user, state: "streaming", syncState: "async",
                    sentLSN: upstream.lsn, replayLSN: upstream.lsn, slot: slot))
        }
    }

    /// A standby takes those along that stream from it.
    private func lead(_ name: NodeName, onto timeline: Timeline, _ nodes: inout Nodes) {
        guard let node = spec.node(name), let server = nodes.server(name), server.timeline != timeline else { return }
        nodes.editServer(name) { $0.timeline = timeline }
        for other in spec.dataNodes where nodes.server(other.name)?.receiver?.host == node.host {
            lead(other.name, onto: timeline, &nodes)
        }
    }

    package func disconnect(_ name: NodeName, _ nodes: inout Nodes) {
        nodes.editServer(name) { $0.receiver = nil }
        for other in spec.nodes {
            nodes.editServer(other.name) { server in
                let slots = server.senders.filter { $0.applicationName == name }.compactMap(\.slot)
                server.senders.removeAll { $0.applicationName == name }
                for index in server.slots.indices where slots.contains(server.slots[index].name) {
                    server.slots[index].active = false
                }
            }
        }
    }

    func stopReceiver(of name: NodeName, _ nodes: inout Nodes) {
        disconnect(name, &nodes)
        nodes.editServer(name) { $0.parameters["primary_conninfo"] = Parameter(value: "") }
    }

    func catchUp(_ name: NodeName, from source: NodeName, upTo position: LSN, _ nodes: inout Nodes) {
        guard let node = spec.node(name) else { return }
        self.name(source, slot: "", as: node, &nodes)
        connect(name, &nodes)
        nodes.editServer(name) { ($0.lsn, $0.replayLSN) = (position, position) }
    }
}
