import ClusterModel

/// The keys of cluster.yaml: the one table of them. A line of it makes the key's decoder, its default, its place in
/// `validate --show-defaults`, in the JSON Schema and in docs/cluster-yaml.md, and the suggestion for its misspellings.
enum Keys {
    static let ssh = Section(SSHSpec()) {
        Key(
            "user", \.user, .text(.argument),
            "The account to log in as: the database's own, root, or one that may use sudo. Commands that need another account change to it."
        )
        Key("port", \.port, .port, "The TCP port of sshd.", without: "as OpenSSH and `~/.ssh/config` decide")
        Key(
            "identity_file", \.identityFile, .text(.localPath),
            "The private key to log in with, on the machine that runs pgregent.",
            without: "as OpenSSH and `~/.ssh/config` decide")
        Key(
            "known_hosts_file", \.knownHostsFile, .text(.localPath),
            "The file of known host keys, on the machine that runs pgregent. An unknown host key is never accepted.",
            without: "as OpenSSH and `~/.ssh/config` decide")
        Key(
            "sudo", \.sudo, .flag,
            "true: commands that need another account run through `sudo -n`, so sudo must not ask for a password. false: only root can change to another account."
        )
        Key(
            "connect_timeout", \.connectTimeout, .positiveDuration,
            "How long a connection to a host may take to open. After that the host counts as unreachable.")
    }

    static let postgresql = Section(PostgreSQLSpec()) {
        Key(
            "version", \.version, .integer(10...99), "PostgreSQL's major version. The usual directories follow it.")
        Key("os_user", \.osUser, .text(.argument), "The operating system's account that runs the database.")
        Key("port", \.port, .port, "The TCP port that the database listens on.")
        directory("data_directory", \.dataDirectory, "The data directory on the node's host.")
        directory(
            "config_directory", \.configDirectory,
            "The directory of postgresql.conf on the node's host. It may be the data directory.")
        directory("bin_directory", \.binDirectory, "The directory of the server's programs on the node's host.")
        Key(
            "service", \.service, .service(.pgCtlCluster, .systemd(unit: nil), .pgCtl),
            "How the database is started, stopped, restarted and reloaded.")
        Key(
            "parameters", \.parameters, .settings(owned: ownedParameters),
            "Parameters of postgresql.conf, with its names and units. Only those listed are managed; all others are left alone."
        )
        Key(
            "hba", \.hba, .list(of: .command),
            "Lines of a managed block of pg_hba.conf, in this order. Lines outside the block are left alone.")
        Key(
            "record_directory", \.recordDirectory, .text(.accountPath),
            "Where pgregent keeps the record of a node on the node's host. `os_user` must always be able to write there.",
            without: "`~/.pgregent/CLUSTER`",
            derived: { _, cluster in
                "\(PostgreSQLSpec().recordDirectory)/\(FileName.encoded(cluster.cluster))"
            })
    }

    /// A directory of the usual layout, which follows the version.
    private static func directory(
        _ name: String, _ path: any WritableKeyPath<PostgreSQLSpec, String> & Sendable, _ sentence: String
    ) -> Key<PostgreSQLSpec> {
        Key(
            name, path, .text(.absolutePath), sentence,
            without: "`\(PostgreSQLSpec.usual(path, version: "VERSION"))`",
            derived: { spec, _ in PostgreSQLSpec.usual(path, version: "\(spec.version)") })
    }

    static let service = Section(ServiceKeys()) {
        Key(
            "systemd", \.systemd, .text(.argument),
            "The systemd unit that is started and stopped. It stands alone, without commands.")
        Key("start", \.start, .command, "The shell command that starts the service.", without: usualProgram)
        Key("stop", \.stop, .command, "The shell command that stops the service.", without: usualProgram)
        Key("restart", \.restart, .command, "The shell command that restarts the service.", without: usualProgram)
        Key(
            "reload", \.reload, .command, "The shell command that makes the service read its files again.",
            without: usualProgram)
    }

    private static let usualProgram = "the product's own program"

    static let secret = Section(SecretKeys()) {
        Key(
            "file", \.file, .text(.localPath),
            "A file that holds the password, on the machine that runs pgregent. One newline at its end is dropped.")
        Key("env", \.environment, .text(.word), "An environment variable of pgregent that holds the password.")
    }

    static let node = Section(NodeSpec(name: "", id: 0, host: "")) {
        Key("name", \.name, .text(.name), "The node's name: repmgr's node_name.", required: true)
        Key(
            "id", \.id, .count, "The node's number: repmgr's node_id. Its replication slot is named after it.",
            required: true)
        Key(
            "host", \.host, .text(.host), "The host's name or address, for the database's clients and for ssh.",
            required: true)
        Key(
            "priority", \.priority, .countOrZero,
            "Breaks a tie between equally advanced standbys: the higher priority becomes primary. A node with 0 is never primary."
        )
        Key(
            "location", \.location, .text(.name),
            "repmgr's location: a free name for where the node stands. pgregent only hands it on to repmgr.")
        Key(
            "kind", \.kind, .choice(.data, .witness),
            "data: the node holds the cluster's data. witness: a repmgr witness, which votes and holds no data.")
        Key(
            "upstream", \.upstream, .text(.name), "The name of the node that this one streams from.",
            without: "the primary")
        Key(
            "conninfo", \.conninfo, .settings(owned: ownedConninfo),
            "libpq parameters for connections to this node. They are laid over those of `repmgr.conninfo`, name by name.",
            without: "as in `repmgr.conninfo`", inheriting: \.repmgr.conninfo)
        Key(
            "ssh", \.ssh, .overrides(ssh), "How this node's host is reached, where it differs from the file's `ssh`.",
            without: "as in `ssh`", inheriting: \.ssh)
        Key(
            "postgresql", \.postgresql, .overrides(postgresql),
            "This node's PostgreSQL, where it differs from the file's `postgresql`. `parameters` are laid over the common ones, name by name.",
            without: "as in `postgresql`", inheriting: \.postgresql)
        Key(
            "delay", \.delay, .delay,
            "How far this standby stays behind on purpose: recovery_min_apply_delay. Such a node is never primary.",
            without: "no delay")
        Key(
            "synchronous", \.synchronous, .flag,
            "false: never among the synchronous standbys, so that no commit waits for this node.")
        Key(
            "maintenance", \.maintenance, .flag,
            "true: the node is not started while it is down, does not become primary, and serves no `ro` pool. As primary it is switched away from."
        )
        Key(
            "ensure", \.ensure, .choice(.present, .absent),
            "absent: the standby is stopped and unregistered, and its slot is dropped. Its data is left alone.")
    }
}

extension PostgreSQLSpec {
    /// A directory of the usual layout, with this version in its path.
    static func usual(_ directory: KeyPath<PostgreSQLSpec, String>, version: String) -> String {
        let preset = PostgreSQLSpec()
        let parts = preset[keyPath: directory].split(separator: "/", omittingEmptySubsequences: false)
        return parts.map { $0 == "\(preset.version)" ? version : String($0) }.joined(separator: "/")
    }
}
