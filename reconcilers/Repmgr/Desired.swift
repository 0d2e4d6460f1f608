package import ClusterModel
import HostAccess

/// repmgr's slice of the file, resolved against the roles.
package struct Desired: Sendable, Equatable {
    package enum Role: Sendable, Equatable {
        case primary
        case standby(upstream: NodeName)
        case witness
        /// `ensure: absent`.
        case absent
        case undecided
    }

    package struct Node: Sendable, Equatable {
        package var spec: NodeSpec
        package var role: Role
        /// repmgr.conf, in this order, values unquoted.
        package var settings: [Setting]
        package var conninfo: String
        /// conninfo parameters that pgregent adds on its own and does not insist on.
        package var optional: Set<String>

        package var slot: String { "repmgr_slot_\(spec.id)" }
    }

    package struct Barman: Sendable, Equatable {
        package var host: String
        package var server: String
    }

    package var nodes: [Node]
    package var primary: NodeName?
    package var database: String
    package var configFile: String
    package var useSlots: Bool
    package var systemIdentifier: String?
    /// What becomes of a node that has log which the primary does not have.
    package var rejoin: FailoverSpec.Rejoin
    /// repmgrd decides about failover, so it has to run.
    package var needsDaemon: Bool

    package init(_ spec: ClusterSpec, roles: Roles) {
        nodes = spec.nodes.map { node in
            let (conninfo, optional) = Self.conninfo(of: node, spec)
            return Node(
                spec: node, role: Self.role(of: node, roles), settings: Self.settings(of: node, conninfo, spec),
                conninfo: conninfo, optional: optional)
        }
        primary = roles.primary
        database = spec.repmgr.database
        configFile = spec.repmgr.configFile
        useSlots = spec.repmgr.useReplicationSlots
        systemIdentifier = spec.systemIdentifier
        rejoin = spec.failover.rejoin
        needsDaemon = spec.failover.isRepmgrds
    }

    package func node(_ name: NodeName) -> Node? {
        nodes.first { $0.spec.name == name }
    }

    private static func role(of node: NodeSpec, _ roles: Roles) -> Role {
        if node.ensure == .absent { return .absent }
        if node.kind == .witness { return .witness }
        if node.name == roles.primary { return .primary }
        return roles.upstreams[node.name].map { .standby(upstream: $0) } ?? .undecided
    }

    /// The node's connection string. Without a connect_timeout a dead node holds repmgr for minutes, so one is added;
    /// a cluster that was built without it is not rewritten for its sake.
    package static func conninfo(of node: NodeSpec, _ spec: ClusterSpec) -> (text: String, optional: Set<String>) {
        var parameters = [
            ("host", node.host), ("port", String(node.postgresql.port)), ("user", spec.repmgr.user),
            ("dbname", spec.repmgr.database),
        ]
        let declared = node.conninfo
        let hasTimeout = declared.contains { $0.name == "connect_timeout" }
        if !hasTimeout { parameters.append(("connect_timeout", "2")) }
        for setting in declared {
            parameters.removeAll { $0.0 == setting.name }
            parameters.append((setting.name, setting.value))
        }
        return (Quoting.conninfo(parameters), hasTimeout ? [] : ["connect_timeout"])
    }

    /// Where repmgr clones from, when it is Barman (repmgr's manual, "Cloning from Barman"); nil: from the node itself.
    static func barman(_ spec: RepmgrSpec) -> Barman? {
        guard let host = spec.settings.last(where: { $0.name == "barman_host" })?.value,
            let server = spec.settings.last(where: { $0.name == "barman_server" })?.value
        else { return nil }
        return Barman(host: host, server: server)
    }

    private static func settings(of node: NodeSpec, _ conninfo: String, _ spec: ClusterSpec) -> [Setting] {
        let layout = NodeLayout(node)
        var settings = [
            Setting("node_id", String(node.id)), Setting("node_name", node.name), Setting("conninfo", conninfo),
            Setting("data_directory", node.postgresql.dataDirectory),
        ]
        if layout.isSplit { settings.append(Setting("config_directory", node.postgresql.configDirectory)) }
        settings += [
            Setting("pg_bindir", node.postgresql.binDirectory),
            Setting("priority", String(node.priority)), Setting("location", node.location),
            Setting("use_replication_slots", spec.repmgr.useReplicationSlots ? "yes" : "no"),
            Setting("service_start_command", layout.service(.start)),
            Setting("service_stop_command", layout.service(.stop)),
            Setting("service_restart_command", layout.service(.restart)),
            Setting("service_reload_command", layout.service(.reload)),
        ]
        settings += RepmgrDaemon.settings(spec, node, conninfo: conninfo)
        if let barman = Self.barman(spec.repmgr) {
            // A copy of an older backup needs log that the primary does not have any more.
            let command =
                "ssh -o BatchMode=yes \(Quoting.shell(barman.host)) barman get-wal \(Quoting.shell(barman.server))"
            settings.append(Setting("restore_command", "\(command) %f > %p"))
        }
        for setting in spec.repmgr.settings {
            settings.removeAll { $0.name == setting.name }
            settings.append(setting)
        }
        return settings
    }
}
