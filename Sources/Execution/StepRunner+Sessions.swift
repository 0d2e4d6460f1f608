import ClusterModel
import HostAccess

extension StepRunner {
    /// The first value of a statement over the kept-open session to a node.
    /// - Parameter deadline: `reconcile.command_timeout` unless told.
    func session(
        _ name: HostName, _ database: String, _ sql: String, deadline: Duration? = nil, title: String
    ) async throws(StepFailure) -> String? {
        guard let node = spec.node(name) else { throw StepFailure(.failed, "\(title): node \(name) is not declared") }
        do throws(SQLFailure) {
            let results = try await doors.sql(node, database: database).query(
                sql, deadline: deadline ?? spec.reconcile.commandTimeout)
            return results.last?.rows.first?.first.flatMap { $0 }
        } catch {
            let kind: StepFailure.Kind =
                error.kind == .outcomeUnknown ? .outcomeUnknown : error.kind == .cancelled ? .stopped : .failed
            throw StepFailure(kind, "\(title): \(error.message)")
        }
    }

    /// The stopped primary's control file names its last record; the standby must have replayed it. Promoted earlier,
    /// it would lack commits that clients were told of.
    func proveCaughtUp(_ operation: Operation, with name: NodeName, _ script: String) async throws(StepFailure) {
        guard let primary = spec.node(name) else {
            throw StepFailure(.failed, "\(operation.title): node \(name) is not declared")
        }
        let result = try await shell(
            name, .named(primary.postgresql.osUser), script, isImmediate: operation.timeout == .immediate,
            title: operation.title
        )
        let lines = result.output.split(separator: "\n")
        func value(_ label: String) -> String? {
            lines.first { $0.hasPrefix(label + ":") }.map { $0.dropFirst(label.count + 1).trimmed }
        }
        guard result.succeeded, value("Database cluster state") == "shut down",
            let end = value("Latest checkpoint location").flatMap({ LSN($0) })
        else {
            throw StepFailure(
                .failed,
                "\(operation.title): \(name) is not proven to be shut down, \(result.succeeded ? value("Database cluster state") ?? "no control file" : result.complaint)"
            )
        }
        let sql = "SELECT coalesce(pg_last_wal_replay_lsn() > \(Quoting.literal(end.description))::pg_lsn, false)"
        let deadline = doors.clock.uptime + spec.switchover.pauseTimeout
        while try await session(operation.host, spec.repmgr.database, sql, title: operation.title) != "t" {
            guard doors.clock.uptime < deadline else {
                throw StepFailure(
                    .failed,
                    "\(operation.title): \(operation.host) has not replayed \(end) after \(spec.switchover.pauseTimeout)"
                )
            }
            do {
                try await doors.clock.sleep(for: .milliseconds(3))
            } catch {
                throw StepFailure(.stopped, operation.title)
            }
        }
    }
}
