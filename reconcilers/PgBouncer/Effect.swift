package import ClusterModel
import HostAccess

/// What an observation would show of PgBouncer on one host after each of its actions has succeeded.
package struct Effect {
    private let secrets: [String: Secret]

    /// - Parameter secrets: what the primary stores of the pools' users.
    package init(secrets: [String: Secret]) {
        self.secrets = secrets
    }

    package func apply(_ action: PgBouncerAction, to pooler: inout Observed) {
        switch action {
        case .rewrite(let rewrite):
            pooler.configuration = .content(rewrite.file.content)
            if rewrite.isRunning { Self.read(&pooler) }
        case .auth(_, let users, _, _):
            for user in users { pooler.authEntries[user] = secrets[user] ?? pooler.authEntries[user] }
        case .start, .restart:
            pooler.isRunning = true
            let version = pooler.console.value?.version ?? ""
            pooler.console = .known(Console(version: version, databases: [], settings: [:]))
            Self.read(&pooler)
        case .reload: Self.read(&pooler)
        case .resume(let pools), .release(let pools): Self.set(pools, paused: false, &pooler)
        case .resumeAll:
            if case .known(var console) = pooler.console {
                console.standing = []
                pooler.console = .known(console)
            }
        case .endStrays:
            if case .known(var console) = pooler.console {
                console.strays = []
                pooler.console = .known(console)
            }
        case .stage: break
        case .pause(let pools, _): Self.set(pools, paused: true, &pooler)
        case .place(let file): pooler.configuration = .content(file.content)
        case .route(let pools, _):
            Self.read(&pooler)
            Self.set(pools, paused: false, &pooler)
        }
    }

    private static func set(_ pools: [String], paused: Bool, _ pooler: inout Observed) {
        guard case .known(var console) = pooler.console else { return }
        for index in console.databases.indices where pools.contains(console.databases[index].name) {
            console.databases[index].paused = paused
        }
        pooler.console = .known(console)
    }

    /// The process reads its file; a pause outlives a reload.
    package static func read(_ pooler: inout Observed) {
        guard case .known(var console) = pooler.console else { return }
        let file = pooler.configuration.ini
        let paused = Set(console.databases.filter(\.paused).map(\.name))
        console.databases = file.settings(in: "databases").map { setting in
            let target = Conninfo.parse(setting.value) ?? [:]
            return Console.Database(
                name: setting.name, host: target["host"] ?? "", port: target["port"] ?? "5432",
                database: target["dbname"] ?? setting.name, paused: paused.contains(setting.name))
        }
        for setting in file.settings(in: "pgbouncer") { console.settings[setting.name] = setting.value }
        pooler.console = .known(console)
    }
}

extension PgBouncerCondition {
    /// Whether it is so in what was observed; what could not be seen is not so.
    package func holds(in poolers: [HostName: Seen<Observed>]) -> Bool {
        switch self {
        case .consoleAnswers(let host): poolers[host]?.value?.console.value != nil
        case .leads(let route, let host):
            poolers[host]?.value?.console.value?.databases.contains {
                $0.name == route.pool && $0.host == route.hosts
            } == true
        }
    }
}
