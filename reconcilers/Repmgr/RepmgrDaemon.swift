import ClusterModel
import HostAccess

/// repmgrd on one node, where it decides about failover (`failover.owner: repmgrd`).
struct RepmgrDaemon {
    private let node: NodeSpec

    init(_ node: NodeSpec) {
        self.node = node
    }

    /// Defines `find_repmgrd`, which sets `daemon` to the process id of a running repmgrd, or to nothing.
    var find: ShellProgram {
        ShellProgram(Scripts.findRepmgrd, after: [NodeLayout(node).record.functions])
    }

    func start(configFile: String, hasServiceCommand: Bool) -> String {
        ShellProgram(
            Scripts.startRepmgrd,
            [
                "bin": node.postgresql.binDirectory, "configuration_file": configFile,
                "has_command": hasServiceCommand ? "yes" : "no",
            ], after: [find]
        ).description
    }

    /// It reads repmgr.conf again (repmgr's manual, "repmgrd configuration", on SIGHUP).
    var reload: String {
        find.calling("find_repmgrd; [ -z \"$daemon\" ] || kill -HUP \"$daemon\"").description
    }

    /// How many seconds the others need to forget that they saw the primary: with `primary_visibility_consensus` repmgrd
    /// takes one that a sibling saw within 2 × monitor_interval_secs for visible, cancels its failover, and does not try
    /// again (seen with repmgr 5.3.3).
    private static let forgetfulness = 3

    /// repmgr.conf's part about failover.
    ///
    /// - Returns: where somebody else decides, that repmgrd does not: there is never more than one who does.
    static func settings(_ spec: ClusterSpec, _ node: NodeSpec, conninfo: String) -> [Setting] {
        guard spec.failover.isRepmgrds else { return [Setting("failover", "manual")] }
        // A commit of repmgr's that waited for a standby would wait for the very standbys that it is about to attach.
        let environment = spec.durability.mode == .asynchronous ? "" : "env PGOPTIONS=-csynchronous_commit=local "
        let repmgr = "\(environment)\(Quoting.shell(node.postgresql.binDirectory + "/repmgr"))"
        let file = Quoting.shell(spec.repmgr.configFile)
        // repmgrd counts in whole seconds.
        let interval = spec.failover.reconnectInterval.components
        let seconds = max(1, Int(interval.seconds) + (interval.attoseconds > 0 ? 1 : 0))
        // It waits between the attempts only.
        let attempts = max(spec.failover.reconnectAttempts, (Self.forgetfulness + seconds - 1) / seconds) + 1
        return [
            Setting("failover", "automatic"),
            Setting("promote_command", "\(repmgr) -f \(file) standby promote"),
            Setting("follow_command", "\(repmgr) -f \(file) standby follow --upstream-node-id=%n"),
            Setting("monitor_interval_secs", "1"),
            Setting("reconnect_attempts", String(attempts)),
            Setting("reconnect_interval", String(seconds)),
            Setting("primary_visibility_consensus", "true"),
        ] + EventNotification.settings(conninfo: conninfo, binDirectory: node.postgresql.binDirectory)
    }
}
