import ClusterModel
import JSONText

extension Keys {
    /// The whole file.
    static let file = Section([
        Key("version", .constant(1), "The version of this file's format.", required: true),
        Key(
            "cluster", .text(.name), "Names the cluster in output, metrics and, by default, Barman's server.",
            required: true),
        Key("system_identifier", .digits, "Optional pin: a node with another system identifier is refused."),
        Key("ssh", .section(ssh), "How hosts are reached; any node or host may override any key."),
        Key("postgresql", .section(postgresql), "PostgreSQL on the nodes; any node may override any key."),
        Key("repmgr", .section(repmgr), "repmgr on the nodes."),
        Key("nodes", .list(of: .section(nodes), minimum: 1), "The nodes of the cluster.", required: true),
        Key("bootstrap", .section(bootstrap), "What to do when no declared node holds a database."),
        Key(
            "preferred_primary", .text(.name),
            "none, highest_priority or the name of a node: a healthy node that should be the primary.",
            default: "none"),
        Key("switchover", .section(switchover), "Planned changes of primary."),
        Key("failover", .section(failover), "What to do when the primary is gone."),
        Key("durability", .section(durability), "Synchronous replication."),
        Key("pgbouncer", .section(pgbouncer), "The connection poolers; without it none are managed.", nullable: false),
        Key("barman", .section(barman), "The backup host; without it none is managed.", nullable: false),
        Key("reconcile", .section(reconcile), "The pace of the work."),
    ])

    static let bootstrap = Section([
        Key(
            "from", .choice(["none", "initdb", "barman"]),
            "none: wait for a person; initdb: a new database; barman: from a backup.",
            default: "none"),
        Key("backup", .text(.argument), "Barman's backup id; without it the latest."),
        Key("target_time", .text(.argument), "Recover to this moment; without it to the end."),
    ])

    static let switchover: Section = {
        let preset = SwitchoverSpec()
        return Section([
            Key(
                "mode", mode, "manual: shown as pending; automatic: performed.",
                default: .string(preset.mode.rawValue)),
            Key(
                "pause_timeout", .text(.positiveDuration),
                "How long clients may be held; then everything is undone and resumed.",
                default: JSON(preset.pauseTimeout)),
            Key(
                "maximum_lag", .text(.size), "A candidate further behind is not switched to.",
                default: .string("\(preset.maximumLag)")),
        ])
    }()

    static let failover: Section = {
        let preset = FailoverSpec()
        let count = Shape.integer(1...Int(Int32.max))
        return Section([
            Key(
                "mode", mode, "manual: a person decides; automatic: the owner does.",
                default: .string(preset.mode.rawValue)),
            Key(
                "owner", .choice(["pgregent", "repmgrd"]), "Exactly one decides.",
                default: .string(preset.owner.rawValue)),
            Key(
                "reconnect_attempts", count, "A silent primary is confirmed dead after so many attempts.",
                default: .integer(preset.reconnectAttempts)),
            Key(
                "reconnect_interval", .text(.positiveDuration), "The time between two attempts.",
                default: JSON(preset.reconnectInterval)),
            Key(
                "response_timeout", .text(.positiveDuration), "How long an answer may take.",
                default: JSON(preset.responseTimeout)),
            Key(
                "maximum_lag", .text(.size), "A candidate further behind is refused.",
                default: .string("\(preset.maximumLag)")),
            Key(
                "fence", .choice(["required", "best_effort"]),
                "required: promote only when the old primary cannot write; best_effort: say so and promote.",
                default: .string(preset.fence.rawValue)),
            Key("fence_command", .text(.command), "Fences a node, by {node} and {host}; exit code 0 = fenced."),
            Key(
                "rejoin", .choice(["rewind", "clone", "never"]), "What to do with a returned old primary.",
                default: .string(preset.rejoin.rawValue)),
            Key(
                "guard", .boolean, "true: a guard on each node stops a primary that sees neither a standby nor a peer.",
                default: .bool(preset.guard)),
            Key(
                "minimum_interval", .text(.duration), "A second automatic failover within it waits for a person.",
                default: JSON(preset.minimumInterval)),
        ])
    }()

    static let durability: Section = {
        let preset = DurabilitySpec()
        return Section([
            Key(
                "mode", .choice(["asynchronous", "quorum", "priority"]), "quorum: ANY n; priority: FIRST n.",
                default: .string(preset.mode.rawValue)),
            Key("standbys", .integer(1...1000), "n.", default: .integer(preset.standbys)),
            Key(
                "strict", .boolean, "true: writes wait when n standbys are missing; false: degrade, and report it.",
                default: .bool(preset.strict)),
        ])
    }()

    static let reconcile: Section = {
        let preset = ReconcileSpec()
        return Section([
            Key("interval", .text(.positiveDuration), "The time between two passes.", default: JSON(preset.interval)),
            Key(
                "command_timeout", .text(.positiveDuration), "How long a command may take.",
                default: JSON(preset.commandTimeout)),
            Key(
                "clone_timeout", .text(.positiveDuration), "How long a clone may take.",
                default: JSON(preset.cloneTimeout)),
        ])
    }()

    private static let mode = Shape.choice(["manual", "automatic"])
}
