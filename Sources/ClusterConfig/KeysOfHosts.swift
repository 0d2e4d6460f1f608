import ClusterModel
import JSONText

/// The keys of cluster.yaml. This table is the one place that knows them: the decoder's checks, the suggestions
/// for misspelt keys and the JSON Schema are made from it.
enum Keys {
    static let ssh: Section = {
        let preset = SSHSpec()
        return Section([
            Key(
                "user", .text(.argument),
                "The account to log in as: the database's own, root, or one with sudo rights.",
                default: .string(preset.user)),
            Key("port", .port, "The port of sshd; without it as OpenSSH and ~/.ssh/config decide."),
            Key("identity_file", .text(.localPath), "The private key; without it as OpenSSH and ~/.ssh/config decide."),
            Key("known_hosts_file", .text(.localPath), "The known host keys; without it as OpenSSH decides."),
            Key(
                "sudo", .boolean, "true: commands that need another account run through `sudo -n`.",
                default: .bool(preset.sudo)),
            Key(
                "connect_timeout", .text(.positiveDuration), "How long a connection may take to open.",
                default: JSON(preset.connectTimeout)),
        ])
    }()

    static let postgresql: Section = {
        let preset = PostgreSQLSpec()
        return Section([
            Key("version", .integer(10...99), "PostgreSQL's major version.", default: .integer(preset.version)),
            Key("os_user", .text(.argument), "The account that runs the database.", default: .string(preset.osUser)),
            Key("port", .port, "The port that the database listens on.", default: .integer(preset.port)),
            Key(
                "data_directory", .text(.absolutePath),
                "The data directory; without it /var/lib/postgresql/VERSION/main."),
            Key(
                "config_directory", .text(.absolutePath),
                "Where postgresql.conf lives; without it /etc/postgresql/VERSION/main."),
            Key(
                "bin_directory", .text(.absolutePath),
                "Where the server's programs live; without it /usr/lib/postgresql/VERSION/bin."),
            Key(
                "service", service(.choice(["pg_ctlcluster", "systemd", "pg_ctl"])),
                "How the database is started and stopped.", default: "pg_ctlcluster"),
            Key(
                "parameters", .settings(owned: ownedParameters),
                "Parameters of postgresql.conf; only those listed are managed."),
            Key(
                "hba", .list(of: .text(.command), minimum: 0),
                "Lines of a managed block of pg_hba.conf, in this order."),
        ])
    }()

    static func service(_ choice: Shape) -> Shape {
        .either(
            choice,
            .section(
                Section([
                    Key("systemd", .text(.argument), "The systemd unit; alone, without commands."),
                    Key("start", .text(.command), "The command that starts it."),
                    Key("stop", .text(.command), "The command that stops it."),
                    Key("restart", .text(.command), "The command that restarts it."),
                    Key("reload", .text(.command), "The command that makes it read its files again."),
                ])))
    }

    static let nodes: Section = Section([
        Key("name", .text(.name), "The node's name: repmgr's node_name.", required: true),
        Key("id", .integer(1...Int(Int32.max)), "The node's number: repmgr's node_id.", required: true),
        Key("host", .text(.host), "The host's name or address, for libpq and ssh.", required: true),
        Key(
            "priority", .integer(0...Int(Int32.max)),
            "Breaks a tie between equally advanced nodes; 0 = never primary.", default: 100),
        Key("location", .text(.name), "repmgr's location.", default: "default"),
        Key("kind", .choice(["data", "witness"]), "A witness votes and holds no data.", default: "data"),
        Key("upstream", .text(.name), "The node that this one streams from; without it the primary."),
        Key(
            "conninfo", .settings(owned: ownedConninfo),
            "libpq parameters for connections to this node, over those of repmgr.conninfo."),
        Key("ssh", .section(ssh.overriding), "Keys that differ from the file's ssh section."),
        Key("postgresql", .section(postgresql.overriding), "Keys that differ from the file's postgresql section."),
        Key("delay", .text(.duration), "recovery_min_apply_delay; such a node is never primary."),
        Key("synchronous", .boolean, "false: never among the synchronous standbys.", default: true),
        Key("maintenance", .boolean, "true: nothing is done to this node.", default: false),
        Key(
            "ensure", .choice(["present", "absent"]),
            "absent: unregistered and its slot dropped; its data is left alone.", default: "present"),
    ])
}
