import ClusterModel
import HostAccess

extension NodeCommands {
    /// Makes the first primary from a backup.
    ///
    /// The mark says "unfinished recovery" until the server has come out of recovery and was shut down again: all that
    /// is made anew by the next run. It runs alone until then, on a socket in its own directory, so that nobody connects
    /// to half a database. Then the mark is that of a creation: from its first ordinary start on it is somebody's.
    /// - Parameter fetch: what brings the backup into the data directory.
    func recover(_ recovery: Recovery, _ blocks: ConfigurationBlocks, fetch: [Operation]) -> [Operation] {
        [script("prepare the data directory", prepareRecovery)] + fetch
            + [script("make the configuration", makeConfiguration)] + self.blocks(blocks)
            + [
                script("recover", replay(recovery), timeout: .clone), service(.start),
                record("record that the recovery is finished", endWork),
            ]
    }

    /// A server that runs in an unfinished recovery is that recovery's own.
    private var prepareRecovery: String {
        ShellProgram(
            Scripts.prepareRecovery,
            [
                "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory,
            ], after: [prepareDirectory]
        ).description
    }

    private var makeConfiguration: String {
        let postgresql = node.postgresql
        let isDebians = if case .pgCtlCluster = postgresql.service { true } else { false }
        return ShellProgram(
            Scripts.makeConfiguration,
            [
                "data": postgresql.dataDirectory, "configuration": postgresql.configDirectory,
                "bin": postgresql.binDirectory,
            ], functions: ["place": isDebians ? "debian_cluster" : "place_files"], words: Self.authentication,
            after: [isDebians ? debianCluster : placeFiles]
        ).description
    }

    /// Without `hot_standby` it does not matter what the lost primary's `max_connections` were.
    private func replay(_ recovery: Recovery) -> String {
        var settings = [
            "config_file=\(layout.configurationFile)", "hot_standby=off", "listen_addresses=",
            "unix_socket_directories=\(node.postgresql.dataDirectory)", "restore_command=cp barman_wal/%f %p",
            "recovery_end_command=", "recovery_target_timeline=latest", "recovery_target_action=promote",
        ]
        if let time = recovery.targetTime { settings.append("recovery_target_time=\(time)") }
        let options = settings.map { "-c " + Quoting.shell($0) }.joined(separator: " ")
        return ShellProgram(
            Scripts.recover,
            [
                "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory, "options": options,
            ], after: [layout.record.work]
        ).description
    }
}
