import Barman
import ClusterModel
import ControlLoop
import JSONText
import PgBouncer
import PostgreSQL

/// The cluster as it is, for machines.
struct StatusJSON {
    private let status: ClusterStatus

    init(_ status: ClusterStatus) {
        self.status = status
    }

    var text: String {
        let value: JSON = [
            "cluster": .string(status.cluster), "converged": .bool(status.converged), "primary": JSON(status.primary),
            "timeline": JSON(status.timeline), "nodes": .array(status.nodes.map(node)),
            "pgbouncer": .array(status.pools.map(pool)), "barman": status.backup.map(backup) ?? .null,
            "conditions": .array(status.conditions.map(condition)),
        ]
        return value.text()
    }

    private func node(_ node: ClusterStatus.Node) -> JSON {
        [
            "name": .string(node.name), "role": .string(node.server.role.rawValue),
            "reachable": ["sql": .bool(node.server.reachableBySQL), "ssh": .bool(node.server.reachableBySSH)],
            "timeline": JSON(node.server.timeline), "lsn": JSON(node.server.lsn?.description),
            "upstream": JSON(node.upstream),
            "streaming": JSON(node.streaming), "receive_lag_bytes": JSON(node.server.receiveLag),
            "replay_lag_bytes": JSON(node.server.replayLag), "synchronous": JSON(node.server.synchronous),
            "registered": JSON(node.registered), "waiting_commits": JSON(node.server.waitingCommits),
        ]
    }

    private func pool(_ pool: ClusterStatus.Pool) -> JSON {
        [
            "host": .string(pool.pooler.host), "database": .string(pool.pooler.database),
            "target": .string(pool.pooler.target.rawValue), "backend": JSON(pool.backend),
            "paused": JSON(pool.pooler.paused), "correct": JSON(pool.pooler.correct),
        ]
    }

    private func backup(_ backup: ClusterStatus.Backup) -> JSON {
        [
            "host": .string(backup.barman.host), "server": .string(backup.barman.server), "source": JSON(backup.source),
            "check": .string(backup.barman.check.rawValue), "failed_checks": JSON(backup.barman.failedChecks),
        ]
    }

    private func condition(_ condition: ClusterStatus.Condition) -> JSON {
        [
            "type": .string(condition.type), "status": .string(condition.status.rawValue),
            "reason": .string(condition.reason), "message": .string(condition.message),
        ]
    }
}
