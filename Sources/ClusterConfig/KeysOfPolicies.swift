import ClusterModel

extension Keys {
    /// The whole file.
    static let file = Section(ClusterSpec.empty) {
        Key("version", \.formatVersion, .constant(1), "The version of this file's format.", required: true)
        Key(
            "cluster", \.cluster, .text(.name),
            "Names the cluster in output and metrics. By default it also names Barman's server.", required: true)
        Key(
            "system_identifier", \.systemIdentifier, .digits,
            "The system identifier of the cluster's databases. A node with another one is refused.",
            without: "whatever the nodes have")
        Key("ssh", \.ssh, .section(ssh), "How hosts are reached. Any node or host may override any key.")
        Key(
            "postgresql", \.postgresql, .section(postgresql),
            "PostgreSQL on the nodes. Any node may override any key.")
        Key("repmgr", \.repmgr, .section(repmgr), "repmgr on the nodes.")
        Key("nodes", \.nodes, .list(of: node, minimum: 1), "The nodes of the cluster.", required: true)
        Key("bootstrap", \.bootstrap, .section(bootstrap), "What to do when no declared node holds a database.")
        Key(
            "preferred_primary", \.preferredPrimary, .preferredPrimary,
            "The healthy node that should be the primary: none, highest_priority, or the name of a node. `switchover.mode` says who makes it so."
        )
        Key("switchover", \.switchover, .section(switchover), "Planned changes of primary.")
        Key("failover", \.failover, .section(failover), "What to do when the primary is lost.")
        Key("durability", \.durability, .section(durability), "Synchronous replication: what a commit waits for.")
        Key(
            "pgbouncer", \.pgbouncer, .section(pgbouncer), "The connection poolers.", without: "none is managed",
            nullable: false)
        Key("barman", \.barman, .section(barman), "The backup host.", without: "none is managed", nullable: false)
        Key("reconcile", \.reconcile, .section(reconcile), "The pace of the work.")
    }

    static let bootstrap = Section(BootstrapSpec.none) {
        Key(
            "from", \.from, .choice(.none, .initdb, .barman),
            "none: wait for a person. initdb: make a new, empty database. barman: recover a backup, as the `barman` section says."
        )
        Key(
            "backup", \.backup, .text(.argument), "Barman's id of the backup to recover; only with `from: barman`.",
            without: "the latest")
        Key(
            "target_time", \.targetTime, .text(.argument),
            "The moment to recover to, in the backup host's time zone unless it names one; only with `from: barman`.",
            without: "the end of the log")
    }

    static let switchover = Section(SwitchoverSpec()) {
        Key(
            "mode", \.mode, .choice(.manual, .automatic),
            "manual: the daemon shows a planned change of primary as pending. automatic: it performs it.")
        Key(
            "pause_timeout", \.pauseTimeout, .positiveDuration,
            "How long clients may be held in PgBouncer. After that everything is undone and they go on.")
        Key(
            "maximum_lag", \.maximumLag, .size,
            "How far the new primary may be behind in replay when the change begins. Further behind, nothing is begun.")
    }

    static let failover = Section(FailoverSpec()) {
        Key(
            "mode", \.mode, .choice(.manual, .automatic),
            "manual: a person replaces a lost primary with `pgregent failover`. automatic: the owner does it by itself."
        )
        Key(
            "owner", \.owner, .choice(.pgregent, .repmgrd),
            "Who replaces a lost primary in automatic mode. The other one never does: exactly one decides.")
        Key(
            "reconnect_attempts", \.reconnectAttempts, .count,
            "How many attempts to reach a silent primary must fail in a row before it may be replaced.")
        Key(
            "reconnect_interval", \.reconnectInterval, .positiveDuration,
            "The time between two attempts. A silent primary is confirmed dead after attempts times interval.")
        Key(
            "response_timeout", \.responseTimeout, .positiveDuration,
            "How long a database may take to answer a question. After that the question counts as failed.")
        Key(
            "maximum_lag", \.maximumLag, .size,
            "How far a standby may be behind the furthest standby and still become primary.")
        Key(
            "fence", \.fence, .choice(.required, .bestEffort),
            "required: a standby is promoted only when the old primary is stopped, fenced or unable to acknowledge a commit. best_effort: it is promoted even so, and the plan says it."
        )
        Key(
            "fence_command", \.fenceCommand, .command,
            "A shell command that turns a lost primary off where ssh does not reach it. {node} and {host} are filled in; exit code 0 means fenced.",
            without: "only ssh fences", absent: .plain("null"))
        Key(
            "rejoin", \.rejoin, .choice(.rewind, .clone, .never),
            "How a replaced primary that is back becomes a standby. rewind: with pg_rewind; clone: copied anew; never: a person decides."
        )
        Key(
            "guard", \.guard, .flag,
            "true: a small loop on each node's host stops a primary that sees neither a standby nor another host.")
        Key(
            "minimum_interval", \.minimumInterval, .duration,
            "How long after a failover the next automatic one waits for a person instead.")
    }

    static let durability = Section(DurabilitySpec()) {
        Key(
            "mode", \.mode, .choice(.asynchronous, .quorum, .priority),
            "asynchronous: a commit waits for no standby. quorum: for any `standbys` of them (ANY). priority: for the first `standbys` that stream (FIRST)."
        )
        Key(
            "standbys", \.standbys, .integer(1...1000).refusedStillRead(as: .countOrZero),
            "How many standbys must confirm a commit in the modes quorum and priority.")
        Key(
            "strict", \.strict, .flag,
            "true: writes wait while fewer than `standbys` of them stream. false: writes go on, and it is reported.")
    }

    static let reconcile = Section(ReconcileSpec()) {
        Key(
            "interval", \.interval, .positiveDuration,
            "The time between two rounds of the daemon, each of which observes, plans and applies. A broken connection to a node starts one at once."
        )
        Key(
            "command_timeout", \.commandTimeout, .positiveDuration,
            "How long a command on a host may take. After that it counts as failed.")
        Key(
            "clone_timeout", \.cloneTimeout, .positiveDuration,
            "How long a copy of a whole database may take. After that it counts as failed.")
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
