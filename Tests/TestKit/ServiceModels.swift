import Barman
import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL

/// PgBouncer's steps.
struct PoolerModel {
    private let step: Step

    init(_ step: Step) {
        self.step = step
    }

    func apply(to scenario: inout Scenario) {
        guard let spec = scenario.spec.pgbouncer else { return }
        let secrets = scenario.spec.dataNodes.compactMap { scenario.snapshot.server($0.name) }.first { !$0.inRecovery }?
            .roles
        scenario.editPooler(step.target) { pooler in
            switch step.action {
            case "rewrite":
                if let content = step.content(of: spec.configFile) { pooler.configuration = .content(content) }
                if pooler.isRunning { Self.read(&pooler) }
            case "auth":
                for user in spec.users {
                    if let secret = secrets?[user]?.storedSecret { pooler.authEntries[user] = secret }
                }
            case "start", "restart":
                pooler.isRunning = true
                pooler.console = .known(Console(version: "PgBouncer 1.18.0", databases: [], settings: [:]))
                Self.read(&pooler)
            case "reload": Self.read(&pooler)
            case "resume":
                guard case .known(var console) = pooler.console else { return }
                for index in console.databases.indices where step.summary.contains(console.databases[index].name) {
                    console.databases[index].paused = false
                }
                pooler.console = .known(console)
            default: break
            }
        }
    }

    /// The process reads its file; a pause outlives a reload.
    static func read(_ pooler: inout PgBouncer.Observed) {
        guard case .known(var console) = pooler.console else { return }
        let file = INIText(pooler.configuration.text ?? "")
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

/// Barman's steps.
struct BackupModel {
    private let step: Step

    init(_ step: Step) {
        self.step = step
    }

    func apply(to scenario: inout Scenario) {
        guard let spec = scenario.spec.barman, case .known(var host)? = scenario.snapshot.barman else { return }
        switch step.action {
        case "configure":
            if let content = step.content(of: "\(spec.configurationDirectory)/\(spec.server).conf") {
                host.configuration = .content(content)
            }
        case "passfile":
            host.passfileFits = true
            host.hasPassfile = true
        case "alias":
            if let content = step.content(of: "\(spec.home)/.pg_service.conf") { host.serviceFile = .content(content) }
            if let content = step.content(of: "\(spec.home)/.ssh/config") { host.sshConfiguration = .content(content) }
        case "slot":
            source(spec, host, &scenario) { server in
                server.slots.append(
                    ServerFacts.Slot(name: "barman", isPhysical: true, active: false, walStatus: "reserved"))
            }
        case "drop-slot":
            scenario.editServer(step.target) { server in server.slots.removeAll { $0.name == "barman" } }
        case "receive":
            // The receiver leaves the node that it was connected to.
            for node in scenario.spec.nodes {
                scenario.editServer(node.name) { server in server.senders.removeAll { $0.user == spec.streamingUser } }
            }
            source(spec, host, &scenario) { server in
                server.senders.append(
                    ServerFacts.Sender(
                        applicationName: "barman_receive_wal", user: spec.streamingUser, state: "streaming",
                        syncState: "async",
                        sentLSN: server.lsn, replayLSN: nil, slot: "barman"))
            }
        case "first-wal": host.hasArchive = true
        case "let-out":
            let key = "ssh-ed25519 key-of-barman"
            scenario.snapshot.trusts[spec.hostName]?.publicKey = key
            scenario.snapshot.trusts[step.target]?.authorized.insert(key)
            if let node = scenario.spec.node(step.target), let hostKey = scenario.snapshot.trusts[node.name]?.hostKey {
                scenario.snapshot.trusts[spec.hostName]?.known.insert("\(node.host) \(hostKey)")
            }
        default: break
        }
        scenario.snapshot.barman = .known(host)
    }

    /// Barman works with whatever its alias leads to.
    private func source(
        _ spec: BarmanSpec, _ host: Barman.Observed, _ scenario: inout Scenario, _ change: (inout ServerFacts) -> Void
    ) {
        let address = host.serviceFile.text.flatMap { INIText($0).value(of: "host", in: spec.alias) }
        guard let node = scenario.spec.nodes.first(where: { $0.host == address }) else { return }
        scenario.editServer(node.name, change)
    }
}

extension Scenario {
    mutating func editPooler(_ name: HostName, _ change: (inout PgBouncer.Observed) -> Void) {
        guard case .known(var pooler)? = snapshot.pgbouncer[name] else { return }
        change(&pooler)
        snapshot.pgbouncer[name] = .known(pooler)
    }
}
