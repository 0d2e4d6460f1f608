import Barman
import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
import Systems

/// An observation as lines of `what: how it is`, without clocks and positions.
struct ObservedView {
    private let spec: ClusterSpec

    init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    func differences(predicted: ClusterSnapshot, observed: ClusterSnapshot) -> [String] {
        let (expected, found) = (lines(predicted), lines(observed))
        return Set(expected.keys).union(found.keys).sorted().compactMap { key in
            let (left, right) = (expected[key] ?? "-", found[key] ?? "-")
            return left == right ? nil : "\(key): predicted \(left), observed \(right)"
        }
    }

    /// With the streams that PostgreSQL makes by itself.
    func settled(_ snapshot: ClusterSnapshot) -> ClusterSnapshot {
        var settled = snapshot
        let effect = ClusterEffect(spec)
        for node in spec.dataNodes where snapshot.server(node.name)?.receiver == nil {
            effect.ofPostgreSQL.connect(node.name, &settled.postgresql)
        }
        effect.replayRegistries(&settled)
        return settled
    }

    private func lines(_ snapshot: ClusterSnapshot) -> [String: String] {
        var lines: [String: String] = [:]
        for node in spec.nodes {
            if let host = snapshot.host(node.name) { add(host, "\(node.name)", to: &lines) }
            lines["\(node.name) server"] = snapshot.server(node.name) == nil ? "not seen" : "seen"
            if let server = snapshot.server(node.name) { add(server, node, to: &lines) }
            if let seen = snapshot.repmgr[node.name] { add(seen, node, to: &lines) }
        }
        for (host, seen) in snapshot.pgbouncer {
            if let pooler = seen.value { add(pooler, "pooler on \(host)", to: &lines) }
        }
        if let barman = snapshot.barman?.value { add(barman, to: &lines) }
        return lines
    }

    // MARK: PostgreSQL

    private func add(_ host: PostgreSQL.HostFacts, _ name: String, to lines: inout [String: String]) {
        lines["\(name) data directory"] =
            switch host.dataDirectory {
            case .missing: "missing"
            case .empty: "empty"
            case .cluster(let control): "\(control?.state ?? "incomplete")"
            case .other: "other"
            case .unreadable: "unreadable"
            }
        lines["\(name) standby.signal"] = "\(host.hasStandbySignal)"
        lines["\(name) postmaster"] = host.postmasterRuns ? "runs" : "does not run"
        lines["\(name) switchover mark"] = host.recordedStop.map { "\($0.phase.rawValue) \($0.to)" } ?? "none"
        lines["\(name) switchover note"] = host.recordedSwitchover.map { "\($0.from) -> \($0.to)" } ?? "none"
        lines["\(name) fence"] = "\(host.isFenced)"
        lines["\(name) failover mark"] =
            host.recordedFailover.map { "\($0.phase.rawValue) \($0.replaces) \($0.fence) \($0.chosen ?? "-")" }
            ?? "none"
        lines["\(name) watchdog"] = "\(host.watchdogRuns) \(host.watchdogScript.text?.count ?? 0)"
        lines["\(name) mark of a copy"] = host.unfinishedWork == nil ? "none" : "there"
        lines["\(name) managed block of postgresql.conf"] = block(host.configuration)
        lines["\(name) managed block of pg_hba.conf"] = block(host.hba)
        lines["\(name) configuration"] = "\(host.hasConfiguration)"
        lines["\(name) passfile"] = "\(host.passfileFits.map { "\($0)" } ?? "?")"
    }

    private func block(_ file: FileContent) -> String {
        file.text.flatMap { ManagedBlock.lines(in: $0) }?.joined(separator: " | ") ?? "none"
    }

    private func add(_ server: ServerFacts, _ node: NodeSpec, to lines: inout [String: String]) {
        let name = node.name
        lines["\(name) in recovery"] = "\(server.inRecovery)"
        lines["\(name) timeline"] = "\(server.timeline)"
        lines["\(name) receiver"] = server.receiver.map { "\($0.status) from \($0.host):\($0.port)" } ?? "none"
        lines["\(name) senders"] = server.senders.filter { $0.state == "streaming" }.map { sender in
            "\(sender.applicationName) as \(sender.user)"
        }.sorted().joined(separator: ", ")
        lines["\(name) slots"] = server.slots.map(\.name).sorted().joined(separator: ", ")
        for setting in node.postgresql.parameters {
            let parameter = server.parameters[setting.name]
            lines["\(name) \(setting.name)"] = parameter.map { "\($0.value) pending \($0.pendingRestart)" } ?? "?"
        }
        let conninfo = server.parameters["primary_conninfo"].flatMap { Conninfo.parse($0.value) } ?? [:]
        if server.inRecovery { lines["\(name) upstream"] = "\(conninfo["host"] ?? "-"):\(conninfo["port"] ?? "5432")" }
        let roles = [spec.repmgr.user, spec.barman?.user, spec.barman?.streamingUser].compactMap { $0 }
        for role in roles where !server.inRecovery && node.kind == .data {
            lines["\(name) role \(role)"] =
                server.roles[role].map {
                    "\($0.isSuperuser) \($0.mayReplicate) \($0.mayLogIn) \($0.passwordFits ?? true) \($0.memberOf.sorted())"
                } ?? "missing"
        }
        lines["\(name) database \(spec.repmgr.database)"] = "\(server.databases.contains(spec.repmgr.database))"
    }

    // MARK: repmgr

    private func add(_ seen: Repmgr.Observed, _ node: NodeSpec, to lines: inout [String: String]) {
        let name = node.name
        if let host = seen.host.value {
            lines["\(name) repmgr.conf"] = host.configuration.text ?? "none"
            lines["\(name) repmgrd"] = "\(host.daemonRuns) paused by us \(host.daemonPausedByUs)"
        }
        guard let records = seen.registry.value else { return }
        lines["\(name) registry"] = records.sorted { $0.id < $1.id }.map { record in
            "\(record.name) \(record.type) of \(record.upstream ?? 0) \(record.priority) \(record.active)"
        }.joined(separator: ", ")
    }

    // MARK: services

    private func add(_ pooler: PgBouncer.Observed, _ name: String, to lines: inout [String: String]) {
        lines["\(name): file"] = pooler.configuration.text ?? "none"
        lines["\(name): users"] = pooler.authEntries.keys.sorted().joined(separator: ", ")
        lines["\(name): runs"] = "\(pooler.isRunning)"
        for database in pooler.console.value?.databases ?? [] where database.name != "pgbouncer" {
            lines["\(name): \(database.name)"] =
                "\(database.host):\(database.port)/\(database.database) paused \(database.paused)"
        }
    }

    private func add(_ barman: Barman.Observed, to lines: inout [String: String]) {
        lines["barman: file"] = barman.configuration.text ?? "none"
        lines["barman: service file"] = barman.serviceFile.text ?? "none"
        lines["barman: ssh"] = barman.sshConfiguration.text ?? "none"
        lines["barman: passfile"] = "\(barman.passfileFits.map { "\($0)" } ?? "?")"
        lines["barman: archive"] = "\(barman.hasArchive)"
        lines["barman: receiver"] = "\(barman.receiverRuns)"
    }
}
