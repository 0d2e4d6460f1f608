import ClusterModel
import JSONText

extension Keys {
    static let repmgr: Section = {
        let preset = RepmgrSpec()
        return Section([
            Key("user", .text(.bareName), "The role that repmgr and replication use.", default: .string(preset.user)),
            Key("database", .text(.bareName), "The database of repmgr's metadata.", default: .string(preset.database)),
            Key("password", .secret, "Where the role's password is found; it never stands in this file."),
            Key(
                "conninfo", .settings(owned: ownedConninfo),
                "Further libpq parameters for every connection to the nodes."),
            Key("config_file", .text(.absolutePath), "repmgr.conf on the hosts.", default: .string(preset.configFile)),
            Key(
                "use_replication_slots", .boolean, "true: every standby has a replication slot.",
                default: .bool(preset.useReplicationSlots)),
            Key(
                "settings", .settings(owned: ownedRepmgrSettings),
                "Further parameters of repmgr.conf, by their own names."),
        ])
    }()

    static let pgbouncer: Section = {
        let preset = PgBouncerSpec()
        return Section([
            Key(
                "hosts", .list(of: .either(.text(.name), .section(poolerHost)), minimum: 0),
                "Names of nodes, or hosts of their own; without it every data node."),
            Key("port", .port, "The port that PgBouncer listens on.", default: .integer(preset.port)),
            Key(
                "config_file", .text(.absolutePath), "pgbouncer.ini on the hosts.",
                default: .string(preset.configFile)),
            Key("auth_file", .text(.absolutePath), "userlist.txt on the hosts.", default: .string(preset.authFile)),
            Key(
                "admin_user", .text(.name), "The user of PgBouncer's console.", default: .string(preset.adminUser)),
            Key(
                "users", .list(of: .text(.name), minimum: 0),
                "Roles whose secrets are taken from the primary into auth_file."),
            Key(
                "service", service(.choice(["pgbouncer", "systemd"])),
                "How PgBouncer is started and stopped; pgbouncer: directly.", default: "pgbouncer"),
            Key(
                "settings", .settings(owned: ownedPgBouncerSettings), "Any [pgbouncer] parameter, by its own name."),
            Key("databases", .list(of: .section(poolDatabase), minimum: 0), "The entries of [databases]."),
        ])
    }()

    static let poolerHost = Section([
        Key("name", .text(.name), "The host's name in output.", required: true),
        Key("host", .text(.host), "The host's name or address.", required: true),
        Key("ssh", .section(ssh.overriding), "Keys that differ from the file's ssh section."),
    ])

    static let poolDatabase = Section([
        // PgBouncer's file has no way to write another one: its manual speaks of quotes, its parser refuses them.
        Key("name", .text(.word), "The database as clients name it.", required: true),
        Key(
            "target", .choice(PoolDatabase.Target.allCases.map(\.rawValue)),
            "rw: the primary; ro: streaming standbys; any: any healthy node; local: the node that PgBouncer runs on.",
            required: true),
        Key("dbname", .text(.name), "The database on the server; without it the same name."),
        Key("maximum_lag", .text(.size), "A standby further behind leaves ro; without it no limit."),
        Key("options", .settings(owned: ownedPoolOptions), "Further connect-string options, by their own names."),
    ])

    static let barman: Section = {
        let preset = BarmanSpec(host: "", server: "", alias: "")
        return Section([
            Key("host", .text(.host), "The backup host's name or address.", required: true),
            Key("ssh", .section(ssh.overriding), "Keys that differ from the file's ssh section; user: barman."),
            Key("server", .text(.word), "The [server] section; without it the cluster's name."),
            Key(
                "configuration_directory", .text(.absolutePath), "Where the server's own file is written.",
                default: .string(preset.configurationDirectory)),
            Key("home", .text(.absolutePath), "Barman's home directory.", default: .string(preset.home)),
            Key(
                "alias", .text(.word),
                "A section of ~barman/.pg_service.conf and a Host of ~barman/.ssh/config; without it the server's name."
            ),
            Key("user", .text(.name), "The role that Barman connects as.", default: .string(preset.user)),
            Key("password", .secret, "Where the role's password is found; it never stands in this file."),
            Key(
                "streaming_user", .text(.name), "The role that Barman streams as.",
                default: .string(preset.streamingUser)),
            Key("streaming_password", .secret, "Where its password is found; it never stands in this file."),
            Key(
                "follow", .choice(["primary", "standby"]), "Which node Barman backs up.",
                default: .string(preset.follow.rawValue)),
            Key("settings", .settings(owned: ownedBarmanSettings), "Any barman option, by its own name."),
        ])
    }()
}
