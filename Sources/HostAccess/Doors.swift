package import ClusterModel

/// Every way in which pgregent touches the world. Real doors are made in the `pgregent` target alone; tests bring their own.
package protocol Doors: Sendable {
    /// The shell of a declared host.
    func shell(_ host: HostSpec) -> any RemoteShell
    /// A kept-open session to a declared node, as repmgr's role.
    func sql(_ node: NodeSpec, database: String) -> any SQLSession
    /// A session of the caller's own, which the caller closes. Its application_name is `SessionName.watch`.
    func newSession(_ node: NodeSpec, database: String) -> any SQLSession
    /// The password that a source holds.
    func secret(_ source: SecretSource) throws(SecretFailure) -> Secret
    /// Checks a clear password against a stored `SCRAM-SHA-256$…` secret.
    func password(_ password: Secret, matchesSCRAM stored: Secret) -> Bool
    /// A fresh `SCRAM-SHA-256$…` secret of a password, so that the password itself never reaches a server's log.
    func scramSecret(of password: Secret) throws(SecretFailure) -> Secret
    /// Runs a command with `sh` on pgregent's own machine.
    func local(_ command: String, deadline: Duration) async throws(ShellFailure) -> ShellResult
    var clock: any WallClock { get }
}

/// How pgregent's sessions are called in pg_stat_activity.
package enum SessionName {
    /// Those that look and act.
    package static let work = "pgregent"
    /// Those that wait for something to happen: whoever ends one wakes the daemon.
    package static let watch = "pgregent_watch"
}

/// Time, as the world has it.
package protocol WallClock: Sendable {
    /// Seconds since 1970-01-01 00:00:00 UTC.
    var secondsSinceEpoch: Double { get }
    /// A clock that only moves forward, for measuring and for deadlines.
    var uptime: Duration { get }
    func sleep(for duration: Duration) async throws
    /// A random number from 0 to 1.
    func jitter() -> Double
}

/// Why a password could not be had.
package struct SecretFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) {
        self.description = description
    }
}

extension Duration {
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
