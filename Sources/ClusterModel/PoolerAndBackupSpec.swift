/// The `pgbouncer` section.
package struct PgBouncerSpec: Sendable, Equatable, Codable {
    package var hosts: [PoolerHost] = []
    package var port = 6432
    package var configFile = "/etc/pgbouncer/pgbouncer.ini"
    package var authFile = "/etc/pgbouncer/userlist.txt"
    package var adminUser = "pgbouncer"
    /// Roles whose secrets are taken from the primary into the auth file.
    package var users: [String] = []
    package var service = ServiceSpec.pgbouncer
    /// Any [pgbouncer] parameter, by its own name.
    package var settings: [Setting] = []
    package var databases: [PoolDatabase] = []

    package init() {}
}

/// A host that runs PgBouncer: a declared node, or a host of its own.
package struct PoolerHost: Sendable, Equatable, Codable {
    package var name: HostName
    package var address: String
    package var ssh: SSHSpec
    /// True when this is the declared node with the same name.
    package var isNode: Bool

    package init(name: HostName, address: String, ssh: SSHSpec, isNode: Bool) {
        self.name = name
        self.address = address
        self.ssh = ssh
        self.isNode = isNode
    }

    package var hostSpec: HostSpec { HostSpec(name: name, address: address, ssh: ssh) }
}

/// One database of PgBouncer's [databases].
package struct PoolDatabase: Sendable, Equatable, Codable {
    /// Where its connections go: the primary; the streaming standbys (the primary when there is none);
    /// any healthy node; the node this PgBouncer runs on.
    package enum Target: String, Sendable, Codable, CaseIterable { case rw, ro, any, local }

    package var name: String
    package var target: Target
    /// The database on the server; nil: the same name.
    package var dbname: String?
    /// A standby further behind leaves `ro`; nil: no limit.
    package var maximumLag: ByteSize?
    /// Further connect-string options of PgBouncer, by their own names.
    package var options: [Setting] = []

    package init(name: String, target: Target) {
        self.name = name
        self.target = target
    }
}

/// The `barman` section.
package struct BarmanSpec: Sendable, Equatable, Codable {
    package enum Follow: String, Sendable, Codable { case primary, standby }

    package var host: String
    package var ssh = SSHSpec()
    /// The [server] section of Barman's configuration.
    package var server: String
    package var configurationDirectory = "/etc/barman.d"
    package var home = "/var/lib/barman"
    /// The fixed alias: a section of ~barman/.pg_service.conf and a Host of ~barman/.ssh/config.
    package var alias: String
    package var user = "barman"
    package var password: SecretSource?
    package var streamingUser = "streaming_barman"
    package var streamingPassword: SecretSource?
    package var follow = Follow.primary
    /// Any barman option of the server's section, by its own name.
    package var settings: [Setting] = []
    /// The host's name in output: `host`, told apart from a node of the same name.
    package var hostName: HostName

    package init(host: String, server: String, alias: String) {
        self.host = host
        self.server = server
        self.alias = alias
        hostName = host
    }

    package var hostSpec: HostSpec { HostSpec(name: hostName, address: host, ssh: ssh) }
}
