package import ClusterModel
import HostAccess

/// PostgreSQL's slice of the file, resolved against the roles.
package struct Desired: Sendable, Equatable {
    /// What a node shall be.
    package enum Role: Sendable, Equatable {
        /// No declared node holds a database: this one is made first.
        case primaryToCreate
        case primary
        case standby(upstream: NodeName)
        /// A witness: a database of its own, no copy.
        case witness
        /// It cannot be said now: left alone.
        case undecided
    }

    package struct Node: Sendable, Equatable {
        package var spec: NodeSpec
        package var role: Role
        /// name = value of the managed block of postgresql.conf.
        package var parameters: [Setting]
        /// Lines of the managed block of pg_hba.conf; empty: no block is kept.
        package var hba: [String]
        /// Lines of the passfile by which this host reaches the others.
        package var passfile: [FileEdit.KeyedLine]
        /// Slots that standbys of this node stream through, by standby.
        package var slots: [NodeName: String]
        /// Nil: none is declared.
        package var `guard`: Watchdog?
    }

    package var nodes: [Node]
    /// `ensure: absent`: stopped, so that its slot can go; its data stays.
    package var leaving: [NodeSpec]
    package var roles: [ServiceRole]
    package var database: String
    package var systemIdentifier: String?
    let synchronous: SynchronousStandbys
    /// Nil: without a database a new, empty one is made.
    package var recovery: Recovery?
    package var backupHost: HostName?
    /// The old primary of an unfinished switchover that is undone.
    package var startsAgain: NodeName?
    /// Replaced as primary, and stopped whenever they are seen.
    package var fenced: Set<NodeName> = []
    /// Nobody takes writes: a standby that is only stopped is started all the same, since its log and its word count for
    /// who may be promoted.
    package var primaryIsLost: Bool
    /// There is one primary and no switchover is under way.
    package var isSettled: Bool
    /// The connection of Barman's role: the database in which its functions are granted.
    package static let backupDatabase = "postgres"

    package init(_ spec: ClusterSpec, roles assigned: Roles) {
        let hba = HBA(spec)
        let reachable = spec.nodes.filter { $0.ensure == .present }
        let passfile = Self.passfile(spec)
        let slots = Self.slots(spec, assigned)
        nodes = reachable.map { node in
            Node(
                spec: node, role: Self.role(of: node, assigned), parameters: Self.parameters(of: node),
                hba: hba.lines(for: node), passfile: passfile,
                slots: slots[node.name] ?? [:], guard: Watchdog(spec, node))
        }
        leaving = spec.nodes.filter { $0.ensure == .absent && $0.kind == .data }
        roles = Self.serviceRoles(spec)
        database = spec.repmgr.database
        synchronous = SynchronousStandbys(
            durability: spec.durability, nodes: reachable)
        systemIdentifier = spec.systemIdentifier
        if case .create(let recovery) = assigned.course { self.recovery = recovery }
        backupHost = spec.barman?.hostName
        if case .undo(let primary) = assigned.course { startsAgain = primary }
        fenced = assigned.fenced
        primaryIsLost = assigned.primaryIsLost
        isSettled = assigned.primary != nil
    }

    package func node(_ name: NodeName) -> Node? {
        nodes.first { $0.spec.name == name }
    }

    /// What a node's own section asks of its parameters, whatever the rest of the cluster is.
    package static func parametersAlone(_ node: NodeSpec) -> Node {
        Node(spec: node, role: .undecided, parameters: parameters(of: node), hba: [], passfile: [], slots: [:])
    }

    private static func role(of node: NodeSpec, _ assigned: Roles) -> Role {
        if node.kind == .witness { return .witness }
        if node.name == assigned.primary { return assigned.primaryIsToBeCreated ? .primaryToCreate : .primary }
        return assigned.upstreams[node.name].map { .standby(upstream: $0) } ?? .undecided
    }

    private static func parameters(of node: NodeSpec) -> [Setting] {
        guard let delay = node.delay else { return node.postgresql.parameters }
        let milliseconds = delay.components.seconds * 1000 + delay.components.attoseconds / 1_000_000_000_000_000
        return node.postgresql.parameters + [Setting("recovery_min_apply_delay", "\(milliseconds)ms")]
    }

    /// By upstream, then by standby.
    private static func slots(_ spec: ClusterSpec, _ assigned: Roles) -> [NodeName: [NodeName: String]] {
        guard spec.repmgr.useReplicationSlots else { return [:] }
        var slots: [NodeName: [NodeName: String]] = [:]
        for node in spec.dataNodes {
            guard let upstream = assigned.upstreams[node.name] else { continue }
            slots[upstream, default: [:]][node.name] = "repmgr_slot_\(node.id)"
        }
        return slots
    }

    /// Entries by which every node's host reaches all nodes.
    package static func passfile(_ spec: ClusterSpec) -> [FileEdit.KeyedLine] {
        guard let source = spec.repmgr.password else { return [] }
        return spec.nodes.filter { $0.ensure == .present }.map { node in
            let fields = [node.host, String(node.postgresql.port)].map { Quoting.passfile($0) }
            let prefix = fields.joined(separator: ":") + ":*:" + Quoting.passfile(spec.repmgr.user) + ":"
            return FileEdit.KeyedLine(prefix: prefix, line: "\(prefix)\(SecretUse.passfileField(source))")
        }
    }

    private static func serviceRoles(_ spec: ClusterSpec) -> [ServiceRole] {
        var roles = [
            ServiceRole(name: spec.repmgr.user, superuser: true, replication: true, password: spec.repmgr.password)
        ]
        if let barman = spec.barman {
            roles.append(
                ServiceRole(
                    name: barman.user, memberOf: BackupGrants.roles(version: spec.postgresql.version),
                    password: barman.password, isBackupRole: true))
            roles.append(
                ServiceRole(name: barman.streamingUser, replication: true, password: barman.streamingPassword))
        }
        return roles
    }
}

/// What Barman's role needs where it is no superuser (Barman's manual, "PostgreSQL connection").
package enum BackupGrants {
    static let functionNames = [
        "pg_backup_start", "pg_backup_stop", "pg_start_backup", "pg_stop_backup", "pg_switch_wal",
        "pg_create_restore_point",
    ]

    static func functions(version: Int) -> [String] {
        let backup =
            version >= 15
            ? ["pg_backup_start(text,boolean)", "pg_backup_stop(boolean)"]
            : ["pg_start_backup(text,boolean,boolean)", "pg_stop_backup(boolean,boolean)"]
        return backup + ["pg_switch_wal()", "pg_create_restore_point(text)"]
    }

    static func roles(version: Int) -> [String] {
        ["pg_read_all_settings", "pg_read_all_stats"] + (version >= 15 ? ["pg_checkpoint"] : [])
    }
}
