/// What the operator declares: cluster.yaml with every default filled in and every node's overrides merged.
package struct ClusterSpec: Sendable, Equatable, Codable {
    /// Names the cluster in output, metrics and, by default, Barman's server.
    package var cluster: String
    /// When given, a node whose database has another system identifier is refused.
    package var systemIdentifier: String?
    /// How hosts are reached, unless a node or host overrides it.
    package var ssh: SSHSpec
    /// PostgreSQL as declared for all nodes; `NodeSpec.postgresql` holds each node's own, overrides merged.
    package var postgresql: PostgreSQLSpec
    package var repmgr: RepmgrSpec
    package var nodes: [NodeSpec]
    package var bootstrap: BootstrapSpec
    package var preferredPrimary: PreferredPrimary
    package var switchover: SwitchoverSpec
    package var failover: FailoverSpec
    package var durability: DurabilitySpec
    /// Nil when the file has no `pgbouncer` section.
    package var pgbouncer: PgBouncerSpec?
    /// Nil when the file has no `barman` section.
    package var barman: BarmanSpec?
    package var reconcile: ReconcileSpec

    package init(cluster: String, nodes: [NodeSpec]) {
        self.cluster = cluster
        self.nodes = nodes
        ssh = SSHSpec()
        postgresql = PostgreSQLSpec()
        repmgr = RepmgrSpec()
        bootstrap = .none
        preferredPrimary = .none
        switchover = SwitchoverSpec()
        failover = FailoverSpec()
        durability = DurabilitySpec()
        reconcile = ReconcileSpec()
    }
}

extension ClusterSpec {
    /// The declared node with this name.
    package func node(_ name: NodeName) -> NodeSpec? {
        nodes.first { $0.name == name }
    }

    /// For whoever asks about every host: one search for each would take as many comparisons as there are pairs.
    package var nodesByName: [NodeName: NodeSpec] {
        Dictionary(nodes.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The nodes that are to hold the cluster's data: neither witnesses nor on their way out.
    package var dataNodes: [NodeSpec] {
        nodes.filter { $0.kind == .data && $0.ensure == .present }
    }

    /// Every host that pgregent logs in to, each once: nodes, then poolers' own hosts, then the backup host.
    package var hosts: [HostSpec] {
        var hosts = nodes.map(\.hostSpec)
        hosts += pgbouncer?.hosts.filter { !$0.isNode }.map(\.hostSpec) ?? []
        if let barman { hosts.append(barman.hostSpec) }
        return hosts
    }
}

/// A node's name: repmgr's `node_name`.
package typealias NodeName = String
/// A host's name in this file: the node's name, or the host's own for poolers and the backup server.
package typealias HostName = String

/// One `name = value` of a configuration file; the file's order is kept.
package struct Setting: Hashable, Sendable, Codable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A host as pgregent reaches it.
package struct HostSpec: Hashable, Sendable, Codable {
    package var name: HostName
    /// What ssh is given: a name or an address.
    package var address: String
    package var ssh: SSHSpec

    package init(name: HostName, address: String, ssh: SSHSpec) {
        self.name = name
        self.address = address
        self.ssh = ssh
    }
}

/// How a host is logged in to. Keys that are nil are left to OpenSSH's own defaults and `~/.ssh/config`.
package struct SSHSpec: Hashable, Sendable, Codable {
    package var user = "postgres"
    /// nil: as OpenSSH decides (22, or what ~/.ssh/config says).
    package var port: Int?
    package var identityFile: String?
    package var knownHostsFile: String?
    /// True: commands that need another account run through `sudo -n`.
    package var sudo = false
    package var connectTimeout = Duration.seconds(5)

    package init() {}
}
