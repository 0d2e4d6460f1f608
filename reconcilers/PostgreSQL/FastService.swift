import ClusterModel
import HostAccess

/// Stopping and starting a server while somebody waits for it. A service's own command looks every 0.1 s or, as
/// Debian's pg_ctlcluster, sleeps for seconds when all is over; here a close look ends the wait.
enum FastService {
    /// Where a service manager or the file has a say in how the server is stopped; nil elsewhere.
    static func managed(_ node: NodeSpec, _ verb: NodeLayout.Verb) -> String? {
        switch node.postgresql.service {
        case .systemd, .commands: NodeLayout(node).service(verb)
        case .pgCtlCluster, .pgCtl, .pgbouncer: nil
        }
    }

    /// Defines `stop_fast`, which leaves the postmaster's process id in `p` and the number of its looks in `n`.
    static func stop(_ node: NodeSpec) -> ShellProgram {
        ShellProgram(
            Scripts.stopFast, ["data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory])
    }

    /// Defines `start_fast`.
    static func start(_ node: NodeSpec) -> ShellProgram {
        ShellProgram(
            Scripts.startFast,
            [
                "bin": node.postgresql.binDirectory, "port": String(node.postgresql.port),
                "start": NodeLayout(node).service(.start),
            ])
    }
}
