import ClusterModel
import PgBouncer
import PostgreSQL
import Repmgr
import Systems

/// Whether a planned change of primary may begin: every objection at once, and nothing is touched while one stands.
struct SwitchoverPreflight {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let primary: NodeName

    /// What a request comes to.
    enum Resolution: Equatable {
        /// The primary is the one that is wanted.
        case stay
        case move(to: NodeName)
        /// Another one is wanted, and each has something against it.
        case nobody([String])
    }

    func resolution(_ request: Switchover.Request) -> Resolution {
        switch request {
        case .command(let name?): return name == primary ? .stay : .move(to: name)
        case .command(nil): return away
        case .preference:
            if spec.node(primary)?.maintenance == true { return away }
            switch spec.preferredPrimary {
            case .none: return .stay
            case .node(let name): return name == primary ? .stay : .move(to: name)
            case .highestPriority:
                guard let best, let current = spec.node(primary), best.priority > current.priority else { return .stay }
                return .move(to: best.name)
            }
        }
    }

    private var away: Resolution {
        if let best { return .move(to: best.name) }
        let others = spec.dataNodes.filter { $0.name != primary }
        let why = others.flatMap { node in objections(to: node).prefix(1) }
        return .nobody(why.isEmpty ? ["there is no other node"] : why)
    }

    /// Among those without an objection: the highest priority, then the lowest id.
    private var best: NodeSpec? {
        spec.dataNodes.filter { $0.name != primary && objections(to: $0).isEmpty }
            .min { ($1.priority, $0.id) < ($0.priority, $1.id) }
    }

    /// Why it may not begin; empty when it may.
    func objections(to name: NodeName) -> [String] {
        guard let node = spec.node(name) else { return ["\(name) is not declared"] }
        return objections(to: node) + surroundings
    }

    private func objections(to node: NodeSpec) -> [String] {
        var objections: [String] = []
        if !node.mayBePrimary { objections.append("\(node.name) may not be primary: \(whyNot(node))") }
        guard let server = snapshot.server(node.name), let old = snapshot.server(primary) else {
            return objections + ["\(node.name) was not seen"]
        }
        if snapshot.streamsFrom(node.name, spec) != primary {
            objections.append("\(node.name) does not stream from \(primary)")
        }
        if server.timeline != old.timeline {
            objections.append("\(node.name) is on timeline \(server.timeline), \(primary) on \(old.timeline)")
        }
        if server.replayPaused { objections.append("replay is paused on \(node.name)") }
        if let end = old.lsn, let replayed = server.replayLSN,
            replayed.lag(behind: end) > spec.switchover.maximumLag.bytes
        {
            objections.append(
                "\(node.name) is \(replayed.lag(behind: end)) bytes behind, switchover.maximum_lag is \(spec.switchover.maximumLag)"
            )
        }
        let standbys = spec.dataNodes.count - 1
        for name in ["max_wal_senders", "max_replication_slots"] {
            if let room = server.parameters[name].flatMap({ Int($0.value) }), room < standbys {
                objections.append("\(name) is \(room) on \(node.name), and \(standbys) standbys need one each")
            }
        }
        return objections
    }

    private func whyNot(_ node: NodeSpec) -> String {
        if node.kind == .witness { return "it is a witness" }
        if node.maintenance { return "it is in maintenance" }
        if node.delay != nil { return "it is delayed" }
        return node.priority == 0 ? "its priority is 0" : "it is leaving"
    }

    /// Under load one segment is being archived and another may have just been filled.
    ///
    /// A server that is stopped archives all that waits before its archiver ends (PostgreSQL 15, postmaster/pgarch.c:
    /// on SIGUSR2 it does "one more archiving cycle", and tries a failing command three times, a second apart), and
    /// the postmaster waits for it: with clients held, that would be their time.
    private static let usualBacklog = 2

    /// What is around the two nodes: every pooler must obey, and nobody else may interfere.
    private var surroundings: [String] {
        var objections = (spec.pgbouncer?.hosts ?? []).compactMap { host -> String? in
            guard let seen = snapshot.pgbouncer[host.name]?.value else {
                return "PgBouncer on \(host.name) was not seen: its clients could not be led away"
            }
            if !seen.isRunning { return "PgBouncer on \(host.name) does not run" }
            return seen.console.unknownReason.map { "PgBouncer's console on \(host.name) refuses: \($0)" }
        }
        objections += spec.dataNodes.compactMap { node in
            snapshot.host(node.name)?.recordProblem.map { _ in
                "the record of \(node.name) cannot be kept: an interrupted change could not be undone"
            }
        }
        if let backlog = snapshot.server(primary)?.archiveBacklog, backlog > Self.usualBacklog {
            objections.append(
                "\(backlog) segments of \(primary)'s log wait to be archived: its stop would wait for archive_command")
        }
        return objections
    }

    /// Worth saying, and no objection.
    var warnings: [String] {
        var warnings: [String] = []
        let pools = spec.pgbouncer?.databases.filter { $0.target != .local } ?? []
        for host in spec.pgbouncer?.hosts ?? [] {
            let mode = snapshot.pgbouncer[host.name]?.value?.console.value?.settings["pool_mode"]
            if mode == "session", !pools.isEmpty {
                warnings.append(
                    "PgBouncer on \(host.name) pools sessions: PAUSE waits until clients disconnect, at most \(spec.switchover.pauseTimeout)"
                )
            }
        }
        if snapshot.server(primary)?.senders.contains(where: { $0.state == "backup" }) == true {
            warnings.append("a base backup runs on \(primary) and will fail")
        }
        return warnings
    }
}
