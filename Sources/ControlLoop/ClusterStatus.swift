import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
package import Systems

/// The cluster as it is, for people and for machines: the same facts in both.
package struct ClusterStatus: Sendable, Equatable {
    package struct Node: Sendable, Equatable {
        package var name: NodeName
        /// `primary`, `standby`, `witness`, `fenced`, `down` or `unknown`.
        package var role: String
        package var reachableBySQL: Bool
        package var reachableBySSH: Bool
        package var timeline: Timeline?
        package var lsn: LSN?
        package var upstream: NodeName?
        package var streaming: Bool?
        package var receiveLag: UInt64?
        package var replayLag: UInt64?
        package var synchronous: Bool?
        package var registered: Bool?
    }

    package struct Pool: Sendable, Equatable {
        package var host: HostName
        package var database: String
        package var target: String
        /// The nodes that its connections go to, joined by commas; nil: not known.
        package var backend: String?
        package var paused: Bool?
        package var correct: Bool?
    }

    package struct Backup: Sendable, Equatable {
        package var host: HostName
        package var server: String
        package var source: NodeName?
        /// `ok`, `failed` or `unknown`.
        package var check: String
        package var failedChecks: [String]
    }

    package struct Condition: Sendable, Equatable {
        package enum Status: String, Sendable { case yes = "true", no = "false", unknown }

        package var type: String
        package var status: Status
        package var reason: String
        package var message: String
    }

    package var cluster: String
    package var primary: NodeName?
    package var timeline: Timeline?
    package var nodes: [Node]
    package var pools: [Pool]
    package var backup: Backup?
    package var conditions: [Condition]
    package var plan: Plan

    package var converged: Bool { plan.steps.isEmpty && plan.complete && !plan.isHeld && !plan.isCopying }
}

extension ClusterStatus {
    package init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        let made = PlanMaker.plan(spec, snapshot)
        cluster = spec.cluster
        primary = made.primary
        timeline = made.timeline
        nodes = spec.nodes.filter { $0.ensure == .present }.map {
            StatusOfNode(spec, snapshot, primary: made.primary).node($0)
        }
        pools = StatusOfServices(spec, snapshot, made).pools
        backup = StatusOfServices(spec, snapshot, made).backup
        plan = made
        conditions = []
        conditions = Conditions(spec, snapshot, self).all
    }
}

/// How each declared node stands.
struct StatusOfNode {
    private let spec: ClusterSpec
    private let snapshot: ClusterSnapshot
    private let primary: NodeName?

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, primary: NodeName?) {
        self.spec = spec
        self.snapshot = snapshot
        self.primary = primary
    }

    func node(_ node: NodeSpec) -> ClusterStatus.Node {
        let seen = snapshot.postgresql[node.name]
        let server = seen?.server.value
        let isStandby = server?.inRecovery == true && node.kind == .data
        let end = primary.flatMap { snapshot.server($0)?.lsn }
        let sender = primary.flatMap { snapshot.server($0) }?.senders.first { $0.applicationName == node.name }
        return ClusterStatus.Node(
            name: node.name, role: role(node), reachableBySQL: seen?.login.isAccepted ?? false,
            reachableBySSH: seen?.host.value != nil, timeline: server?.timeline, lsn: server?.lsn,
            upstream: isStandby ? snapshot.streamsFrom(node.name, spec) : nil,
            streaming: isStandby ? snapshot.streamsFrom(node.name, spec) != nil : nil,
            receiveLag: isStandby ? lag(server?.lsn, end) : nil,
            replayLag: isStandby ? lag(server?.replayLSN, end) : nil,
            synchronous: isStandby ? sender.map { ["sync", "quorum"].contains($0.syncState) } : nil,
            registered: registered(node))
    }

    private func lag(_ position: LSN?, _ end: LSN?) -> UInt64? {
        guard let position, let end else { return nil }
        return position.lag(behind: end)
    }

    private func role(_ node: NodeSpec) -> String {
        if let server = snapshot.server(node.name) {
            if node.kind == .witness { return "witness" }
            return server.inRecovery ? "standby" : "primary"
        }
        guard let host = snapshot.host(node.name) else { return "unknown" }
        if host.isFenced { return "fenced" }
        return host.postmasterRuns ? "unknown" : "down"
    }

    private func registered(_ node: NodeSpec) -> Bool? {
        guard let records = primary.flatMap({ snapshot.repmgr[$0]?.registry.value }) else { return nil }
        return records.contains { $0.id == node.id && $0.name == node.name }
    }
}

/// How pools and the backup stand.
struct StatusOfServices {
    private let spec: ClusterSpec
    private let snapshot: ClusterSnapshot
    private let plan: Plan

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, _ plan: Plan) {
        self.spec = spec
        self.snapshot = snapshot
        self.plan = plan
    }

    var pools: [ClusterStatus.Pool] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let desired = PoolTargets.desired(spec, snapshot)
        return pgbouncer.hosts.flatMap { host in
            pgbouncer.databases.map { database in
                let seen = snapshot.pgbouncer[host.name]?.value?.console.value?.databases.first {
                    $0.name == database.name
                }
                let wanted = desired[host.name]?[database.name]
                let names = seen.map {
                    $0.host.split(separator: ",").map { name(of: String($0)) }.joined(separator: ",")
                }
                return ClusterStatus.Pool(
                    host: host.name, database: database.name, target: database.target.rawValue, backend: names,
                    paused: seen?.paused, correct: seen.flatMap { seen in wanted.map { $0 == seen.host } })
            }
        }
    }

    private func name(of host: String) -> String {
        spec.nodes.first { $0.host == host }?.name ?? host
    }

    var backup: ClusterStatus.Backup? {
        guard let barman = spec.barman, let seen = snapshot.barman else { return nil }
        let host = seen.value?.serviceFile.text.flatMap { INIText($0).value(of: "host", in: barman.alias) }
        let source = host.map { host in spec.nodes.first { $0.host == host }?.name ?? host }
        guard let check = seen.value?.check else {
            return ClusterStatus.Backup(
                host: barman.hostName, server: barman.server, source: source, check: "unknown",
                failedChecks: seen.unknownReason.map { [$0] } ?? [])
        }
        return ClusterStatus.Backup(
            host: barman.hostName, server: barman.server, source: source, check: check.passed ? "ok" : "failed",
            failedChecks: check.failed)
    }
}
