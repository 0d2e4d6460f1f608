import ClusterModel

/// The keys of cluster.yaml: the one table of them. A line of it makes the key's decoder, its default, its place in
/// `validate --show-defaults`, in the JSON Schema and in docs/cluster-yaml.md, and the suggestion for its misspellings.
enum Keys {
    static let ssh = Section(SSHSpec()) {
        Key(
            "user", \.user, .text(.argument),
            "The account to log in as: the database's own, root, or one with sudo rights.")
        Key("port", \.port, .port, "The port of sshd; without it as OpenSSH and ~/.ssh/config decide.")
        Key(
            "identity_file", \.identityFile, .text(.localPath),
            "The private key; without it as OpenSSH and ~/.ssh/config decide.")
        Key(
            "known_hosts_file", \.knownHostsFile, .text(.localPath),
            "The known host keys; without it as OpenSSH decides.")
        Key("sudo", \.sudo, .flag, "true: commands that need another account run through `sudo -n`.")
        Key("connect_timeout", \.connectTimeout, .positiveDuration, "How long a connection may take to open.")
    }

    static let postgresql = Section(PostgreSQLSpec()) {
        Key("version", \.version, .integer(10...99), "PostgreSQL's major version.")
        Key("os_user", \.osUser, .text(.argument), "The account that runs the database.")
        Key("port", \.port, .port, "The port that the database listens on.")
        Key(
            "data_directory", \.dataDirectory, .text(.absolutePath),
            "The data directory; without it /var/lib/postgresql/VERSION/main.",
            derived: { spec, _ in PostgreSQLSpec.usual(\.dataDirectory, version: "\(spec.version)") })
        Key(
            "config_directory", \.configDirectory, .text(.absolutePath),
            "Where postgresql.conf lives; without it /etc/postgresql/VERSION/main.",
            derived: { spec, _ in PostgreSQLSpec.usual(\.configDirectory, version: "\(spec.version)") })
        Key(
            "bin_directory", \.binDirectory, .text(.absolutePath),
            "Where the server's programs live; without it /usr/lib/postgresql/VERSION/bin.",
            derived: { spec, _ in PostgreSQLSpec.usual(\.binDirectory, version: "\(spec.version)") })
        Key(
            "service", \.service, .service(.pgCtlCluster, .systemd(unit: nil), .pgCtl),
            "How the database is started and stopped.")
        Key(
            "parameters", \.parameters, .settings(owned: ownedParameters),
            "Parameters of postgresql.conf; only those listed are managed.")
        Key("hba", \.hba, .list(of: .command), "Lines of a managed block of pg_hba.conf, in this order.")
    }

    static let service = Section(ServiceKeys()) {
        Key("systemd", \.systemd, .text(.argument), "The systemd unit; alone, without commands.")
        Key("start", \.start, .command, "The command that starts it.")
        Key("stop", \.stop, .command, "The command that stops it.")
        Key("restart", \.restart, .command, "The command that restarts it.")
        Key("reload", \.reload, .command, "The command that makes it read its files again.")
    }

    static let secret = Section(SecretKeys()) {
        Key(
            "file", \.file, .text(.localPath),
            "A file on the machine that runs pgregent; one trailing newline is dropped.")
        Key("env", \.environment, .text(.word), "An environment variable of pgregent.")
    }

    static let node = Section(NodeSpec(name: "", id: 0, host: "")) {
        Key("name", \.name, .text(.name), "The node's name: repmgr's node_name.", required: true)
        Key("id", \.id, .count, "The node's number: repmgr's node_id.", required: true)
        Key("host", \.host, .text(.host), "The host's name or address, for libpq and ssh.", required: true)
        Key(
            "priority", \.priority, .countOrZero, "Breaks a tie between equally advanced nodes; 0 = never primary.")
        Key("location", \.location, .text(.name), "repmgr's location.")
        Key("kind", \.kind, .choice(.data, .witness), "A witness votes and holds no data.")
        Key("upstream", \.upstream, .text(.name), "The node that this one streams from; without it the primary.")
        Key(
            "conninfo", \.conninfo, .settings(owned: ownedConninfo),
            "libpq parameters for connections to this node, over those of repmgr.conninfo.",
            inheriting: \.repmgr.conninfo)
        Key("ssh", \.ssh, .overrides(ssh), "Keys that differ from the file's ssh section.", inheriting: \.ssh)
        Key(
            "postgresql", \.postgresql, .overrides(postgresql),
            "Keys that differ from the file's postgresql section.", inheriting: \.postgresql)
        Key("delay", \.delay, .delay, "recovery_min_apply_delay; such a node is never primary.")
        Key("synchronous", \.synchronous, .flag, "false: never among the synchronous standbys.")
        Key("maintenance", \.maintenance, .flag, "true: nothing is done to this node.")
        Key(
            "ensure", \.ensure, .choice(.present, .absent),
            "absent: unregistered and its slot dropped; its data is left alone.")
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
