package import ClusterModel
import HostAccess

/// How one pool on one host stands, for `status`.
package struct Status: Sendable, Equatable {
    package var host: HostName
    package var database: String
    package var target: PoolDatabase.Target
    /// The hosts that its connections go to, as PgBouncer has them; nil: not known.
    package var backends: [String]?
    package var paused: Bool?
    /// Clients wait, and no connection to a server is open or being opened.
    package var stands: Bool
    /// It leads where it should; nil: one of the two is not known.
    package var correct: Bool?

    /// - Parameter desired: where it should lead, as PgBouncer's `host` shows it.
    package init(_ database: PoolDatabase, on host: HostName, _ observed: Seen<Observed>?, desired: String?) {
        let seen = observed?.value?.console.value?.databases.first { $0.name == database.name }
        self.host = host
        self.database = database.name
        target = database.target
        backends = seen.map { $0.host.split(separator: ",").map(String.init) }
        paused = seen?.paused
        stands = observed?.value?.console.value?.standing.contains(database.name) == true
        correct = seen.flatMap { seen in desired.map { $0 == seen.host } }
    }
}
