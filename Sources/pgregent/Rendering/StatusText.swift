import Barman
import ClusterModel
import ControlLoop
import PgBouncer
import PostgreSQL
import Rendering

/// The cluster as it is, as a table.
struct StatusText {
    private let status: ClusterStatus
    private let colour: Bool

    init(_ status: ClusterStatus, colour: Bool) {
        self.status = status
        self.colour = colour
    }

    var text: String {
        var sections = [[header], nodes]
        if !status.pools.isEmpty { sections.append(pools) }
        if status.backup != nil { sections.append(backup) }
        sections.append(conditions)
        return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
    }

    private var header: String {
        let primary =
            status.primary.map { name in "primary \(name)" + (status.timeline.map { ", timeline \($0)" } ?? "") }
            ?? "no primary"
        let state = status.converged ? "converged" : status.plan.complete ? "not converged" : "not all observed"
        return "cluster \(status.cluster)  \(primary)  \(state)"
    }

    private var nodes: [String] {
        let rows = status.nodes.map { node -> [String] in
            [
                node.name, node.server.role.rawValue, node.server.reachableBySQL ? "ok" : "no",
                node.server.reachableBySSH ? "ok" : "no",
                node.server.timeline.map(String.init) ?? "-", node.server.lsn?.description ?? "-", node.upstream ?? "-",
                node.streaming.map { $0 ? "yes" : "no" } ?? "-", lag(node),
                node.server.synchronous.map { $0 ? "yes" : "no" } ?? "-",
                node.registered.map { $0 ? "yes" : "no" } ?? "?",
            ]
        }
        let head = [
            "NODE", "ROLE", "SQL", "SSH", "TIMELINE", "LSN", "UPSTREAM", "STREAMS", "LAG", "SYNC", "REGISTERED",
        ]
        return Columns.text([head] + rows)
    }

    private func lag(_ node: ClusterStatus.Node) -> String {
        guard let receive = node.server.receiveLag else { return "-" }
        let replay = node.server.replayLag.map { Self.size($0) } ?? "?"
        return Self.size(receive) == replay ? replay : "\(Self.size(receive)) (replay \(replay))"
    }

    private static func size(_ bytes: UInt64) -> String {
        bytes < 10240 ? "\(bytes) B" : bytes < 10 << 20 ? "\(bytes >> 10) kB" : "\(bytes >> 20) MB"
    }

    private var pools: [String] {
        let rows = status.pools.map { pool -> [String] in
            let state =
                pool.pooler.paused == true ? "PAUSED" : pool.pooler.correct.map { $0 ? "ok" : "WRONG" } ?? "unknown"
            return [pool.pooler.host, pool.pooler.database, pool.pooler.target.rawValue, pool.backend ?? "?", state]
        }
        return Columns.text([["PGBOUNCER", "DATABASE", "TARGET", "LEADS TO", "STATE"]] + rows)
    }

    private var backup: [String] {
        guard let backup = status.backup else { return [] }
        let barman = backup.barman
        let rows = [
            ["BARMAN", "SERVER", "SOURCE", "CHECK"],
            [barman.host, barman.server, backup.source ?? "?", barman.check.rawValue],
        ]
        return Columns.text(rows) + barman.failedChecks.map { "  \($0)" }
    }

    private var conditions: [String] {
        Columns.text(
            [["CONDITION", "STATUS", ""]] + status.conditions.map { [$0.type, $0.status.rawValue, $0.message] }
        )
        .enumerated().map { index, line in
            guard colour, index > 0 else { return line }
            let status = status.conditions[index - 1].status
            return status == .yes ? line : "\u{1B}[\(status == .no ? "31" : "33")m\(line)\u{1B}[0m"
        }
    }
}
