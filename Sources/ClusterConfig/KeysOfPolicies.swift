import ClusterModel

extension Keys {
    /// The whole file.
    static let file = Section(ClusterSpec.empty) {
        Key("version", \.formatVersion, .constant(1), "The version of this file's format.", required: true)
        Key(
            "cluster", \.cluster, .text(.name),
            "Names the cluster in output, metrics and, by default, Barman's server.", required: true)
        Key(
            "system_identifier", \.systemIdentifier, .digits,
            "Optional pin: a node with another system identifier is refused.")
        Key("ssh", \.ssh, .section(ssh), "How hosts are reached; any node or host may override any key.")
        Key(
            "postgresql", \.postgresql, .section(postgresql),
            "PostgreSQL on the nodes; any node may override any key.")
        Key("repmgr", \.repmgr, .section(repmgr), "repmgr on the nodes.")
        Key("nodes", \.nodes, .list(of: node, minimum: 1), "The nodes of the cluster.", required: true)
        Key("bootstrap", \.bootstrap, .section(bootstrap), "What to do when no declared node holds a database.")
        Key(
            "preferred_primary", \.preferredPrimary, .preferredPrimary,
            "none, highest_priority or the name of a node: a healthy node that should be the primary.")
        Key("switchover", \.switchover, .section(switchover), "Planned changes of primary.")
        Key("failover", \.failover, .section(failover), "What to do when the primary is gone.")
        Key("durability", \.durability, .section(durability), "Synchronous replication.")
        Key(
            "pgbouncer", \.pgbouncer, .section(pgbouncer), "The connection poolers; without it none are managed.",
            nullable: false)
        Key(
            "barman", \.barman, .section(barman), "The backup host; without it none is managed.", nullable: false)
        Key("reconcile", \.reconcile, .section(reconcile), "The pace of the work.")
    }

    static let bootstrap = Section(BootstrapSpec.none) {
        Key(
            "from", \.from, .choice(.none, .initdb, .barman),
            "none: wait for a person; initdb: a new database; barman: from a backup.")
        Key("backup", \.backup, .text(.argument), "Barman's backup id; without it the latest.")
        Key("target_time", \.targetTime, .text(.argument), "Recover to this moment; without it to the end.")
    }

    static let switchover = Section(SwitchoverSpec()) {
        Key("mode", \.mode, .choice(.manual, .automatic), "manual: shown as pending; automatic: performed.")
        Key(
            "pause_timeout", \.pauseTimeout, .positiveDuration,
            "How long clients may be held; then everything is undone and resumed.")
        Key("maximum_lag", \.maximumLag, .size, "A candidate further behind is not switched to.")
    }

    static let failover = Section(FailoverSpec()) {
        Key("mode", \.mode, .choice(.manual, .automatic), "manual: a person decides; automatic: the owner does.")
        Key("owner", \.owner, .choice(.pgregent, .repmgrd), "Exactly one decides.")
        Key(
            "reconnect_attempts", \.reconnectAttempts, .count,
            "A silent primary is confirmed dead after so many attempts.")
        Key("reconnect_interval", \.reconnectInterval, .positiveDuration, "The time between two attempts.")
        Key("response_timeout", \.responseTimeout, .positiveDuration, "How long an answer may take.")
        Key("maximum_lag", \.maximumLag, .size, "A candidate further behind is refused.")
        Key(
            "fence", \.fence, .choice(.required, .bestEffort),
            "required: promote only when the old primary cannot write; best_effort: say so and promote.")
        Key(
            "fence_command", \.fenceCommand, .command,
            "Fences a node, by {node} and {host}; exit code 0 = fenced.", absent: .plain("null"))
        Key(
            "rejoin", \.rejoin, .choice(.rewind, .clone, .never), "What to do with a returned old primary.")
        Key(
            "guard", \.guard, .flag,
            "true: a guard on each node stops a primary that sees neither a standby nor a peer.")
        Key(
            "minimum_interval", \.minimumInterval, .duration,
            "A second automatic failover within it waits for a person.")
    }

    static let durability = Section(DurabilitySpec()) {
        Key(
            "mode", \.mode, .choice(.asynchronous, .quorum, .priority), "quorum: ANY n; priority: FIRST n.")
        Key("standbys", \.standbys, .integer(1...1000).refusedStillRead(as: .countOrZero), "n.")
        Key(
            "strict", \.strict, .flag, "true: writes wait when n standbys are missing; false: degrade, and report it.")
    }

    static let reconcile = Section(ReconcileSpec()) {
        Key("interval", \.interval, .positiveDuration, "The time between two passes.")
        Key("command_timeout", \.commandTimeout, .positiveDuration, "How long a command may take.")
        Key("clone_timeout", \.cloneTimeout, .positiveDuration, "How long a clone may take.")
    }
}

extension ClusterSpec {
    /// There is one format.
    fileprivate var formatVersion: Int {
        get { 1 }
        set {}
    }
}

/// What `bootstrap.from` may say.
private enum BootstrapSource: String {
    case none, initdb, barman
}

// The keys of the section; a backup and a time have a meaning only with Barman.
extension BootstrapSpec {
    fileprivate var from: BootstrapSource {
        get {
            switch self {
            case .none: .none
            case .initdb: .initdb
            case .barman: .barman
            }
        }
        set {
            switch newValue {
            case .none: self = .none
            case .initdb: self = .initdb
            case .barman: self = .barman(backup: backup, targetTime: targetTime)
            }
        }
    }

    fileprivate var backup: String? {
        get { if case .barman(let backup, _) = self { backup } else { nil } }
        set { if case .barman = self { self = .barman(backup: newValue, targetTime: targetTime) } }
    }

    fileprivate var targetTime: String? {
        get { if case .barman(_, let time) = self { time } else { nil } }
        set { if case .barman = self { self = .barman(backup: backup, targetTime: newValue) } }
    }
}
