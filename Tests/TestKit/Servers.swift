package import ClusterModel
import HostAccess
import Planning
package import PostgreSQL
package import Repmgr

/// How servers stand to each other: what builders of scenarios and the model of a cluster have in common.
extension Scenario {
    package mutating func edit(_ name: NodeName, _ change: (inout PostgreSQL.HostFacts) -> Void) {
        guard case .known(var host)? = snapshot.postgresql[name]?.host else { return }
        change(&host)
        snapshot.postgresql[name]?.host = .known(host)
    }

    package mutating func editServer(_ name: NodeName, _ change: (inout ServerFacts) -> Void) {
        guard case .known(var server)? = snapshot.postgresql[name]?.server else { return }
        change(&server)
        snapshot.postgresql[name]?.server = .known(server)
    }

    /// The server on `name` becomes a copy that streams from `upstream` through its slot, where the upstream runs.
    package mutating func makeStandby(_ name: NodeName, of upstream: NodeName) {
        guard let node = spec.node(name), let source = spec.node(upstream) else { return }
        let timeline = snapshot.server(upstream)?.timeline ?? 1
        edit(name) { host in
            host.hasStandbySignal = true
            host.dataDirectory = .cluster(Facts.controlData(state: "in archive recovery", timeline: timeline))
        }
        editServer(name) { server in
            server.inRecovery = true
            server.timeline = timeline
            server.replayLSN = server.lsn
            server.backupGrants = nil
            server.slots = []
            server.senders = []
        }
        point(node, at: source)
        addSlot(of: name, on: upstream)
        connect(name)
    }

    package mutating func point(_ node: NodeSpec, at source: NodeSpec) {
        let conninfo = Quoting.conninfo([
            ("host", source.host), ("port", String(source.postgresql.port)), ("user", spec.repmgr.user),
            ("application_name", node.name),
        ])
        editServer(node.name) { server in
            server.parameters["primary_conninfo"] = Parameter(value: conninfo)
            server.parameters["primary_slot_name"] = Parameter(value: "repmgr_slot_\(node.id)")
        }
    }

    package mutating func addSlot(of name: NodeName, on upstream: NodeName) {
        guard let node = spec.node(name) else { return }
        let slot = ServerFacts.Slot(
            name: "repmgr_slot_\(node.id)", isPhysical: true, active: false, walStatus: "reserved")
        editServer(upstream) { server in
            guard !server.slots.contains(where: { $0.name == slot.name }) else { return }
            server.slots.append(slot)
        }
    }

    /// A receiver connects wherever primary_conninfo leads, if a server of the cluster answers there.
    package mutating func connect(_ name: NodeName) {
        disconnect(name)
        guard let node = spec.node(name), let server = snapshot.server(name), server.inRecovery,
            let conninfo = server.parameters["primary_conninfo"].flatMap({ Conninfo.parse($0.value) }),
            let source = spec.nodes.first(where: { $0.host == conninfo["host"] }),
            let upstream = snapshot.server(source.name), upstream.systemIdentifier == server.systemIdentifier,
            !usesSlot(server) || upstream.slots.contains(where: { $0.name == "repmgr_slot_\(node.id)" })
        else { return }
        let slot = usesSlot(server) ? "repmgr_slot_\(node.id)" : nil
        editServer(name) { server in
            server.receiver = ServerFacts.Receiver(
                status: "streaming", host: source.host, port: String(source.postgresql.port), slot: slot)
            server.lsn = upstream.lsn
            server.replayLSN = upstream.lsn
            server.timeline = upstream.timeline
        }
        editServer(source.name) { server in
            server.senders.append(
                ServerFacts.Sender(
                    applicationName: name, user: "repmgr", state: "streaming", syncState: "async",
                    sentLSN: upstream.lsn,
                    replayLSN: upstream.lsn, slot: slot))
        }
    }

    /// Unless none is named on it, as while it catches up with another standby.
    private func usesSlot(_ server: ServerFacts) -> Bool {
        spec.repmgr.useReplicationSlots && server.parameters["primary_slot_name"]?.value != ""
    }

    package mutating func disconnect(_ name: NodeName) {
        editServer(name) { $0.receiver = nil }
        for other in spec.nodes { editServer(other.name) { $0.senders.removeAll { $0.applicationName == name } } }
    }

    /// The server is gone: nothing of it is seen, and whoever streamed from it does not any more.
    package mutating func loseServer(_ name: NodeName, reason: String, login: PostgreSQL.Observed.Login) {
        disconnect(name)
        guard let host = spec.node(name)?.host else { return }
        snapshot.postgresql[name]?.server = .unknown(reason: reason)
        snapshot.postgresql[name]?.login = login
        snapshot.repmgr[name]?.registry = .unknown(reason: reason)
        for other in spec.nodes { editServer(other.name) { if $0.receiver?.host == host { $0.receiver = nil } } }
    }

    /// A true record of a node, in every registry that is seen.
    package mutating func register(_ node: NodeSpec, as upstream: NodeName?) {
        let type = node.kind == .witness ? "witness" : upstream == nil ? "primary" : "standby"
        let conninfo = "host=\(node.host) port=\(node.postgresql.port) user=repmgr dbname=repmgr connect_timeout=2"
        let record = Record(
            id: node.id, name: node.name, type: type, upstream: upstream.flatMap { spec.node($0)?.id },
            conninfo: conninfo,
            priority: node.kind == .witness ? 0 : node.priority, location: node.location, active: true,
            slot: "repmgr_slot_\(node.id)",
            configurationFile: spec.repmgr.configFile)
        editRegistry { records in
            records.removeAll { $0.id == node.id }
            // `primary register --force` puts down the one before.
            for index in records.indices where type == "primary" && records[index].type == "primary" {
                records[index].active = false
            }
            records = (records + [record]).sorted { $0.id < $1.id }
        }
    }

    package mutating func editRegistry(_ change: (inout [Record]) -> Void) {
        for node in spec.nodes {
            guard case .known(var records)? = snapshot.repmgr[node.name]?.registry else { continue }
            change(&records)
            snapshot.repmgr[node.name]?.registry = .known(records)
        }
    }
}
