/// What can be done to PgBouncer on one host, which is the target.
package enum PgBouncerAction: Sendable, Hashable {
    case rewrite(PoolerRewrite)
    /// - Parameter node: whose secrets are taken.
    case auth(file: String, users: [String], from: NodeName, isRunning: Bool)
    case start
    /// - Parameter settings: those that are read at the start only, as they are.
    case restart(settings: [String])
    case reload(changes: [ValueChange], pools: [PoolRoute])
    /// Pools that were left paused.
    case resume([String])
    /// The whole of it was paused; clients of these pools wait.
    case resumeAll([String])
    /// Clients of these pools wait for the answer of a server that is lost.
    case endStrays([String], to: [String])

    // A planned change of primary, or a restart of the primary
    case stage(PoolerFile)
    case pause([String], mode: PoolMode)
    case place(PoolerFile)
    case route([String], to: NodeName?)
    case release([String])

    package var name: ActionName {
        switch self {
        case .rewrite: .pgbouncerRewrite
        case .auth: .pgbouncerAuth
        case .start: .pgbouncerStart
        case .restart: .pgbouncerRestart
        case .reload: .pgbouncerReload
        case .resume, .resumeAll: .pgbouncerResume
        case .endStrays: .pgbouncerEndStrays
        case .stage: .pgbouncerStage
        case .pause: .pgbouncerPause
        case .place: .pgbouncerPlace
        case .route: .pgbouncerRoute
        case .release: .pgbouncerRelease
        }
    }

    func change(_ cause: Step.Cause) -> Step.Change {
        switch self {
        case .rewrite(let rewrite): rewrite.file.observed == nil ? .add : .change
        case .auth: cause == .missing ? .add : .change
        case .start, .restart, .reload, .resume, .resumeAll, .endStrays, .stage, .pause, .place, .route, .release:
            .change
        }
    }

    var disruption: Step.Disruption {
        switch self {
        case .rewrite(let rewrite): rewrite.isRunning ? .reload : .none
        case .auth(_, _, _, let isRunning): isRunning ? .reload : .none
        case .restart: .restart
        case .reload: .reload
        case .start, .resume, .resumeAll, .endStrays, .stage, .pause, .place, .route, .release: .none
        }
    }

    var traits: ActionTraits {
        switch self {
        case .rewrite, .reload: .leadsClients
        case .endStrays: [.releasesClients, .leadsClients]
        case .resume, .resumeAll, .route, .release: [.clientsWait, .releasesClients, .leadsClients]
        case .pause: [.clientsWait, .pausesClients]
        case .place: .clientsWait
        case .auth, .start, .restart, .stage: []
        }
    }

    var words: Words {
        switch self {
        case .rewrite(let rewrite):
            Words(
                rewrite.file.path, detail: rewrite.shownChanges,
                because: "pools or settings differ from what cluster.yaml and the roles ask for")
        case .auth(let file, let users, let node, _):
            Words(
                file, detail: users.joined(separator: ", "), because: "the users' secrets differ from those of \(node)")
        case .start: Words("start PgBouncer", because: "it is declared on this host and does not run")
        case .restart(let settings):
            Words(
                "restart PgBouncer", detail: settings.joined(separator: ", "),
                because: "these settings are read at the start only")
        case .reload(let changes, _):
            Words(
                "RELOAD", detail: changes.map(\.description).joined(separator: ", "),
                because: "the file is right, but the process has not read it")
        case .resume(let pools):
            Words(pools.joined(separator: ", "), because: "a pool was left paused: its clients wait")
        case .resumeAll(let pools):
            Words(
                "RESUME", detail: pools.joined(separator: ", "),
                because:
                    "clients wait, no connection to a server is open, and the primary answers: PgBouncer is paused as a whole"
            )
        case .endStrays(let pools, let hosts):
            Words(
                "KILL and RESUME \(pools.joined(separator: ", "))",
                because:
                    "clients wait for the answer of \(hosts.joined(separator: ", ")), which is lost; they get an error and go on elsewhere"
            )
        case .stage(let file):
            Words(
                "\(file.path), to be put in place", because: "what can be done before clients are held is done before")
        case .pause(let pools, _):
            Words(pools.joined(separator: ", "), because: "clients wait in PgBouncer instead of seeing an error")
        case .place(let file): Words("\(file.path), to be read", because: "it was written and tried before")
        case .route(let pools, let node):
            Words(
                pools.isEmpty ? "RELOAD" : "\(pools.joined(separator: ", ")) -> \(node ?? "?"), and resume",
                because: "the new primary takes writes")
        case .release(let pools):
            Words(pools.joined(separator: ", "), because: "the primary takes writes again")
        }
    }
}

/// pgbouncer.ini as it was observed and as it shall be.
package struct PoolerFile: Sendable, Hashable {
    package var path: String
    /// Nil: it was missing.
    package var observed: String?
    package var content: String

    package init(path: String, observed: String?, content: String) {
        self.path = path
        self.observed = observed
        self.content = content
    }
}

package struct PoolerRewrite: Sendable, Hashable {
    package var file: PoolerFile
    package var changes: [PoolerChange]
    package var isRunning: Bool
    /// PgBouncer is started on the new file before it is put in place.
    package var isTried: Bool
    /// Clients wait for it: a refused connection to the old primary must not be remembered.
    package var wakes: Bool
    /// Where pools lead afterwards.
    package var pools: [PoolRoute]

    package init(
        file: PoolerFile, changes: [PoolerChange], isRunning: Bool, isTried: Bool, wakes: Bool, pools: [PoolRoute]
    ) {
        self.file = file
        self.changes = changes
        self.isRunning = isRunning
        self.isTried = isTried
        self.wakes = wakes
        self.pools = pools
    }

    fileprivate var shownChanges: String {
        let more = changes.count > 3 ? ", and \(changes.count - 3) more" : ""
        return changes.prefix(3).map(\.description).joined(separator: ", ") + more
    }
}

/// A line of pgbouncer.ini that does not mean what it should.
package enum PoolerChange: Sendable, Hashable, CustomStringConvertible {
    case value(ValueChange)
    /// The pool leads where it should, with other options.
    case options(pool: String)

    package var description: String {
        switch self {
        case .value(let change): change.description
        case .options(let pool): "\(pool): options"
        }
    }
}

/// A pool and the hosts that it leads to, as `SHOW DATABASES` has them.
package struct PoolRoute: Sendable, Hashable {
    package var pool: String
    package var hosts: String

    package init(_ pool: String, to hosts: String) {
        self.pool = pool
        self.hosts = hosts
    }
}

/// PgBouncer's `pool_mode`, as far as PAUSE waits for other things in it.
package enum PoolMode: Sendable, Hashable {
    case session, other
}

/// What can be asked of PgBouncer.
package enum PgBouncerCondition: Sendable, Hashable {
    case consoleAnswers(HostName)
    case leads(PoolRoute, on: HostName)

    var sentence: String {
        switch self {
        case .consoleAnswers(let host): "PgBouncer's console on \(host) answers"
        case .leads(let route, let host): "\(route.pool) on \(host) leads to \(route.hosts)"
        }
    }
}

extension PgBouncerAction {
    func postconditions(on target: HostName) -> [PgBouncerCondition] {
        switch self {
        case .rewrite(let rewrite): rewrite.isRunning ? rewrite.pools.map { .leads($0, on: target) } : []
        case .reload(_, let pools): pools.map { .leads($0, on: target) }
        case .start, .restart: [.consoleAnswers(target)]
        case .auth, .resume, .resumeAll, .endStrays, .stage, .pause, .place, .route, .release: []
        }
    }
}
