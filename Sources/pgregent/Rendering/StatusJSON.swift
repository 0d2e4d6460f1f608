import ClusterModel
import ControlLoop
import JSONText

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
            "name": .string(node.name), "role": .string(node.role),
            "reachable": ["sql": .bool(node.reachableBySQL), "ssh": .bool(node.reachableBySSH)],
            "timeline": JSON(node.timeline), "lsn": JSON(node.lsn?.description), "upstream": JSON(node.upstream),
            "streaming": JSON(node.streaming), "receive_lag_bytes": JSON(node.receiveLag),
            "replay_lag_bytes": JSON(node.replayLag), "synchronous": JSON(node.synchronous),
            "registered": JSON(node.registered),
        ]
    }

    private func pool(_ pool: ClusterStatus.Pool) -> JSON {
        [
            "host": .string(pool.host), "database": .string(pool.database), "target": .string(pool.target),
            "backend": JSON(pool.backend), "paused": JSON(pool.paused), "correct": JSON(pool.correct),
        ]
    }

    private func backup(_ backup: ClusterStatus.Backup) -> JSON {
        [
            "host": .string(backup.host), "server": .string(backup.server), "source": JSON(backup.source),
            "check": .string(backup.check), "failed_checks": JSON(backup.failedChecks),
        ]
    }

    private func condition(_ condition: ClusterStatus.Condition) -> JSON {
        [
            "type": .string(condition.type), "status": .string(condition.status.rawValue),
            "reason": .string(condition.reason), "message": .string(condition.message),
        ]
    }
}
