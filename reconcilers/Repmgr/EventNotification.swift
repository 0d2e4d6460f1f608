import ClusterModel
import HostAccess

/// How repmgr tells the daemon that something has happened, where repmgrd decides (repmgr's manual, "Event
/// notifications"): on the node of the event the daemon's waiting sessions are ended, which it notices at once. No port is
/// opened and no secret is needed for it: who may log in as repmgr's own role may do it, and nobody else. NOTIFY would not
/// do, since a standby can neither send nor hear one.
enum EventNotification {
    private static let events = [
        "standby_promote", "repmgrd_failover_promote", "standby_follow", "repmgrd_failover_follow",
        "standby_switchover", "node_rejoin",
    ]

    static func settings(conninfo: String, binDirectory: String) -> [Setting] {
        let sql =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND application_name = \(Quoting.literal(SessionName.watch))"
        let psql = Quoting.shell(binDirectory + "/psql")
        return [
            Setting("event_notifications", events.joined(separator: ",")),
            Setting(
                "event_notification_command", "\(psql) -XAtq -d \(Quoting.shell(conninfo)) -c \(Quoting.shell(sql))"),
        ]
    }
}
