/// One declared database host.
package struct NodeSpec: Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable { case data, witness }
    package enum Ensure: String, Sendable, Codable { case present, absent }

    package var name: NodeName
    /// repmgr's `node_id`, a positive number.
    package var id: Int
    package var host: String
    /// repmgr's `priority`: breaks a tie between equally advanced nodes; 0 = never primary.
    package var priority = 100
    package var location = "default"
    package var kind = Kind.data
    /// The node this one streams from; nil: the primary.
    package var upstream: NodeName?
    /// Further libpq parameters for connections to this node, over those of `repmgr.conninfo`.
    package var conninfo: [Setting] = []
    package var ssh = SSHSpec()
    package var postgresql = PostgreSQLSpec()
    /// `recovery_min_apply_delay`; nil: none.
    package var delay: Duration?
    /// False: never among the synchronous standbys.
    package var synchronous = true
    package var maintenance = false
    package var ensure = Ensure.present

    package init(name: NodeName, id: Int, host: String) {
        self.name = name
        self.id = id
        self.host = host
    }

    package var hostSpec: HostSpec { HostSpec(name: name, address: host, ssh: ssh) }

    /// May this node ever be primary, as far as the file says?
    package var mayBePrimary: Bool {
        kind == .data && ensure == .present && priority > 0 && !maintenance && delay == nil
    }
}

/// The `postgresql` section.
package struct PostgreSQLSpec: Sendable, Equatable, Codable {
    package var version = 15
    package var osUser = "postgres"
    package var port = 5432
    package var dataDirectory = "/var/lib/postgresql/15/main"
    /// Where postgresql.conf lives; may be the data directory.
    package var configDirectory = "/etc/postgresql/15/main"
    package var binDirectory = "/usr/lib/postgresql/15/bin"
    package var service = ServiceSpec.pgCtlCluster
    /// Only the parameters listed are managed.
    package var parameters: [Setting] = []
    /// Lines of the managed block of pg_hba.conf, in this order.
    package var hba: [String] = []
    /// Where pgregent keeps what it has to remember about the node; `~/` is the home of `osUser`.
    package var recordDirectory = "~/.pgregent"

    package init() {}
}

/// How a service is started and stopped.
package enum ServiceSpec: Sendable, Equatable, Codable {
    /// Debian's pg_ctlcluster.
    case pgCtlCluster
    case pgCtl
    /// PgBouncer started directly as a daemon.
    case pgbouncer
    /// systemd; the unit's name, where the file gives one with `{systemd: UNIT}`, else the product's usual.
    case systemd(unit: String?)
    /// The file's own commands; what is nil falls back on the product's program.
    case commands(start: String?, stop: String?, restart: String?, reload: String?)
}

/// The `repmgr` section.
package struct RepmgrSpec: Sendable, Equatable, Codable {
    package var user = "repmgr"
    package var database = "repmgr"
    package var password: SecretSource?
    /// Further libpq parameters for every connection to the nodes.
    package var conninfo: [Setting] = []
    package var configFile = "/etc/repmgr.conf"
    package var useReplicationSlots = true
    /// Any further repmgr.conf parameter, by its own name.
    package var settings: [Setting] = []

    package init() {}
}

/// The `bootstrap` section: what to do when no declared node holds a database.
package enum BootstrapSpec: Sendable, Equatable, Codable {
    case none
    case initdb
    /// backup: Barman's backup id, nil for the latest; targetTime: recover to this moment, nil for the end.
    case barman(backup: String?, targetTime: String?)
}

/// A healthy node that should be the primary.
package enum PreferredPrimary: Sendable, Equatable, Codable {
    case none
    case highestPriority
    case node(NodeName)
}
