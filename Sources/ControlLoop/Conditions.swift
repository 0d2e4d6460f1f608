import Barman
import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Systems

/// The conditions of `status`, each a sentence that is true, false or cannot be said.
struct Conditions {
    private let spec: ClusterSpec
    private let snapshot: ClusterSnapshot
    private let status: ClusterStatus

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ status: ClusterStatus) {
        self.spec = spec
        self.snapshot = snapshot
        self.status = status
    }

    private typealias Condition = ClusterStatus.Condition

    var all: [ClusterStatus.Condition] {
        [reachable, primaryUnique, replication, durability] + (spec.pgbouncer == nil ? [] : [poolers])
            + (spec.barman == nil ? [] : [backup]) + [registered, writes, converged]
    }

    private func condition(_ type: String, _ yes: Bool?, _ reasons: (yes: String, no: String), _ message: String)
        -> Condition
    {
        let status: Condition.Status = yes.map { $0 ? .yes : .no } ?? .unknown
        return Condition(
            type: type, status: status, reason: yes == nil ? "NotObserved" : yes == true ? reasons.yes : reasons.no,
            message: message)
    }

    private var reachable: Condition {
        let unseen = status.plan.findings.filter { $0.severity == .incomplete }
        let message =
            unseen.isEmpty
            ? "every declared host was observed"
            : unseen.map { "\($0.subject): \($0.evidence.first ?? "")" }.joined(separator: "; ")
        return condition("Reachable", unseen.isEmpty, ("AllObserved", "NotAllObserved"), message)
    }

    private var primaryUnique: Condition {
        let writable = snapshot.writable(spec).map(\.name)
        switch writable.count {
        case 1:
            // Another one could be where nobody can look.
            let unseen = spec.dataNodes.filter {
                snapshot.postgresql[$0.name]?.host.value == nil && snapshot.server($0.name) == nil
            }
            guard unseen.isEmpty else {
                return condition(
                    "PrimaryUnique", nil, ("", ""),
                    "\(writable[0]) takes writes; \(unseen.map(\.name).joined(separator: ", ")) cannot be seen")
            }
            return condition("PrimaryUnique", true, ("OnePrimary", ""), "\(writable[0]) alone takes writes")
        case 0: return condition("PrimaryUnique", false, ("", "NoPrimary"), "no observed node takes writes")
        default:
            return condition(
                "PrimaryUnique", false, ("", "TwoPrimaries"), "\(writable.joined(separator: " and ")) take writes")
        }
    }

    private var replication: Condition {
        let standbys = status.nodes.filter { node in spec.node(node.name)?.kind == .data && node.name != status.primary
        }
        let broken = standbys.filter { $0.streaming == false || $0.server.role == .down }.map(\.name)
        let unknown = standbys.filter { $0.streaming == nil && $0.server.role != .down }.map(\.name)
        if !broken.isEmpty {
            return condition(
                "ReplicationHealthy", false, ("", "NotStreaming"), "not streaming: \(broken.joined(separator: ", "))")
        }
        if !unknown.isEmpty {
            return condition(
                "ReplicationHealthy", nil, ("", ""), "cannot be said of \(unknown.joined(separator: ", "))")
        }
        return condition("ReplicationHealthy", true, ("Streaming", ""), "\(standbys.count) standbys stream")
    }

    private var durability: Condition {
        guard spec.durability.mode != .asynchronous else {
            return condition(
                "DurabilitySatisfied", true, ("Asynchronous", ""), "asynchronous: no standby is waited for")
        }
        guard let server = status.primary.flatMap({ snapshot.server($0) }) else {
            return condition("DurabilitySatisfied", nil, ("", ""), "no primary is seen")
        }
        let confirmed = server.senders.count { ["sync", "quorum"].contains($0.syncState) }
        let enough = confirmed >= spec.durability.standbys
        return condition(
            "DurabilitySatisfied", enough, ("Confirmed", "TooFewStandbys"),
            "\(confirmed) of \(spec.durability.standbys) synchronous standbys")
    }

    private var poolers: Condition {
        let wrong = status.pools.filter { $0.pooler.correct == false || $0.pooler.paused == true }
        let unknown = status.pools.filter { $0.pooler.correct == nil }
        if !wrong.isEmpty {
            let words = wrong.map {
                "\($0.pooler.database) on \($0.pooler.host) \($0.pooler.paused == true ? "is paused" : "leads to \($0.backend ?? "?")")"
            }
            return condition("PoolersRouted", false, ("", "WrongRoute"), words.joined(separator: "; "))
        }
        if !unknown.isEmpty {
            let hosts = Set(unknown.map(\.pooler.host)).sorted()
            return condition(
                "PoolersRouted", nil, ("", ""), "cannot be said of PgBouncer on \(hosts.joined(separator: ", "))")
        }
        return condition("PoolersRouted", true, ("Routed", ""), "\(status.pools.count) pools lead where they should")
    }

    private var backup: Condition {
        let backup = status.backup?.barman
        let message =
            backup?.failedChecks.isEmpty ?? true
            ? "barman check \(backup?.server ?? ""): \((backup?.check ?? .unknown).rawValue)"
            : backup?.failedChecks.joined(separator: "; ") ?? ""
        let healthy: Bool? = backup?.check == .ok ? true : backup?.check == .failed ? false : nil
        return condition("BackupHealthy", healthy, ("CheckOK", "CheckFailed"), message)
    }

    /// As a client sees it: a write through a pooler is acknowledged, or would be.
    private var writes: Condition {
        let type = "WritesAccepted"
        guard let name = status.primary, let server = snapshot.server(name) else {
            let isKnown = snapshot.writable(spec).isEmpty && status.plan.complete
            return condition(type, isKnown ? false : nil, ("", "NoPrimary"), "no node is known to take writes")
        }
        if let waiting = server.unconfirmed, waiting.isLong {
            return condition(
                type, false, ("", "CommitsWait"),
                "\(waiting.commits) commits wait for a standby, the first for \(waiting.seconds) s")
        }
        if case .failed(_, let message)? = snapshot.postgresql[name]?.login {
            return condition(type, false, ("", "NotReached"), message)
        }
        let pools = status.pools.filter { pool in
            spec.pgbouncer?.databases.contains { $0.name == pool.pooler.database && $0.target == .rw } == true
        }
        if let paused = pools.first(where: { $0.pooler.paused == true }) {
            return condition(
                type, false, ("", "Paused"), "\(paused.pooler.database) on \(paused.pooler.host) is paused")
        }
        if let standing = pools.first(where: \.pooler.stands) {
            return condition(
                type, false, ("", "PoolStands"),
                "clients of \(standing.pooler.database) on \(standing.pooler.host) wait, and no connection to a server is open"
            )
        }
        if let wrong = pools.first(where: { $0.pooler.correct == false }) {
            return condition(
                type, false, ("", "WrongRoute"),
                "\(wrong.pooler.database) on \(wrong.pooler.host) leads to \(wrong.backend ?? "?")")
        }
        if let unknown = pools.first(where: { $0.pooler.correct == nil }) {
            return condition(
                type, nil, ("", ""), "it cannot be said of \(unknown.pooler.database) on \(unknown.pooler.host)")
        }
        return condition(type, true, ("Accepted", ""), "\(name) takes writes, and every pool for them leads there")
    }

    private var registered: Condition {
        let states = status.nodes.map(\.registered)
        let missing = status.nodes.filter { $0.registered == false }.map(\.name)
        if !missing.isEmpty {
            return condition(
                "Registered", false, ("", "NotRegistered"), "repmgr does not know \(missing.joined(separator: ", "))")
        }
        if states.contains(where: { $0 == nil }) {
            return condition("Registered", nil, ("", ""), "repmgr's registry cannot be seen")
        }
        return condition("Registered", true, ("Registered", ""), "repmgr knows every declared node")
    }

    private var converged: Condition {
        if !status.plan.complete {
            return condition("Converged", nil, ("", ""), "not everything declared could be observed")
        }
        let open = status.plan.steps.count
        return condition(
            "Converged", status.converged, ("NoChanges", "ChangesPending"),
            open == 0
                ? status.plan.isCopying ? "a copy is being made" : "the cluster matches cluster.yaml"
                : open == 1 ? "1 step is pending or held" : "\(open) steps are pending or held")
    }
}
