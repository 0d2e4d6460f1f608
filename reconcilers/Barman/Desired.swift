package import ClusterModel
import HostAccess

/// Barman's slice of the file, resolved against the roles.
package struct Desired: Sendable, Equatable {
    /// The node that is backed up.
    package struct Source: Sendable, Equatable {
        package var node: NodeSpec
        /// What its server says of Barman's slot; nil: not seen, or still to be made.
        package var hasSlot: Bool?
        /// Barman's receiver is connected to it; nil: not seen, or still to be made.
        package var isReceiving: Bool?
        /// Other nodes that still have Barman's slot, unused: it was the source once.
        package var formerSources: [NodeSpec]

        package init(node: NodeSpec, hasSlot: Bool?, isReceiving: Bool?, formerSources: [NodeSpec] = []) {
            self.formerSources = formerSources
            self.node = node
            self.hasSlot = hasSlot
            self.isReceiving = isReceiving
        }
    }

    package var spec: BarmanSpec
    /// Nil while it cannot be said which node that is: then everything stays as it is.
    package var source: Source?
    package var passfile: [FileEdit.KeyedLine]
    /// The account that owns the server on the source's host.
    package var remoteUser: String
    /// Logins without a person that the declared way of backing up and cloning needs.
    var accesses: [SSHAccess]

    /// - Parameter recovered: the node that is made from a backup.
    package init(_ spec: BarmanSpec, cluster: ClusterSpec, source: Source?, recovered: NodeSpec? = nil) {
        self.spec = spec
        self.source = source
        passfile = Self.passfile(spec, cluster)
        remoteUser = source?.node.postgresql.osUser ?? cluster.postgresql.osUser
        accesses = []
        accesses = Self.accesses(
            spec, cluster, needs: (fetches: Self.fetches(spec), delivers: Self.delivers(spec, cluster)))
        if let recovered, !Self.fetches(spec) { accesses.append(Self.outward(spec, to: recovered)) }
    }

    /// Does anything log in between the backup host and the nodes? Only then is it looked at.
    package static func usesSSH(_ spec: BarmanSpec, _ cluster: ClusterSpec) -> Bool {
        if case .barman = cluster.bootstrap { return true }
        return fetches(spec) || delivers(spec, cluster)
    }

    /// Barman copies the data directory itself.
    private static func fetches(_ spec: BarmanSpec) -> Bool {
        spec.settings.contains { $0.name == "backup_method" && $0.value == "rsync" }
    }

    /// Nodes bring their log to Barman, or are cloned from its backups (repmgr's `barman_host`).
    private static func delivers(_ spec: BarmanSpec, _ cluster: ClusterSpec) -> Bool {
        spec.settings.contains { $0.name == "archiver" && isOn($0.value) }
            || cluster.repmgr.settings.contains { $0.name == "barman_host" }
    }

    private static func accesses(_ spec: BarmanSpec, _ cluster: ClusterSpec, needs: (fetches: Bool, delivers: Bool))
        -> [SSHAccess]
    {
        cluster.dataNodes.flatMap { node -> [SSHAccess] in
            var accesses: [SSHAccess] = []
            if needs.fetches {
                accesses.append(outward(spec, to: node))
            }
            if needs.delivers {
                accesses.append(
                    SSHAccess(
                        from: node.name, fromAccount: node.postgresql.osUser, to: spec.hostName, toAccount: "barman",
                        address: spec.host, port: spec.ssh.port))
            }
            return accesses
        }
    }

    private static func outward(_ spec: BarmanSpec, to node: NodeSpec) -> SSHAccess {
        SSHAccess(
            from: spec.hostName, fromAccount: "barman", to: node.name, toAccount: node.postgresql.osUser,
            address: node.host, port: node.ssh.port)
    }

    /// An entry for each node, so that a change of the source needs no new password.
    package static func passfile(_ spec: BarmanSpec, _ cluster: ClusterSpec) -> [FileEdit.KeyedLine] {
        let users = [(spec.user, spec.password), (spec.streamingUser, spec.streamingPassword)]
        return cluster.dataNodes.flatMap { node in
            users.compactMap { user, source -> FileEdit.KeyedLine? in
                guard let source else { return nil }
                let fields = [node.host, String(node.postgresql.port)].map { Quoting.passfile($0) }
                let prefix = fields.joined(separator: ":") + ":*:" + Quoting.passfile(user) + ":"
                return FileEdit.KeyedLine(prefix: prefix, line: "\(prefix)\(SecretUse.passfileField(source))")
            }
        }
    }

    package func setting(_ name: String) -> String? {
        spec.settings.last { $0.name == name }?.value
    }

    /// Write-ahead log arrives by pg_receivewal (the declared backup method `postgres` needs it, too).
    package var streams: Bool {
        Self.isOn(setting("streaming_archiver"))
            || (setting("backup_method") == "postgres" && !Self.isOn(setting("archiver")))
    }

    package var slot: String? { streams ? setting("slot_name") : nil }

    private static func isOn(_ value: String?) -> Bool {
        ["on", "true", "yes", "1"].contains(value?.lowercased() ?? "")
    }
}
