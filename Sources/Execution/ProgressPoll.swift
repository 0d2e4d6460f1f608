import ClusterModel
import HostAccess

/// Asks the sending server how far a base backup is, until it is cancelled. Failures to ask are of no consequence.
struct ProgressPoll {
    let spec: ClusterSpec
    let doors: any Doors
    let source: ProgressSource

    func run(_ report: @Sendable (UInt64, UInt64?) -> Void) async {
        guard let sender = spec.node(source.node), let receiver = spec.node(source.receiver) else { return }
        let addresses = await addresses(of: receiver)
        while !Task.isCancelled {
            if let (bytes, total) = await ask(sender, addresses) { report(bytes, total) }
            do {
                try await doors.clock.sleep(for: .milliseconds(500))
            } catch {
                return
            }
        }
    }

    private func ask(_ sender: NodeSpec, _ addresses: [String]) async -> (UInt64, UInt64?)? {
        let sql = """
            SELECT p.backup_streamed, p.backup_total, host(a.client_addr) AS address
              FROM pg_stat_progress_basebackup p JOIN pg_stat_activity a USING (pid)
            """
        let session = doors.sql(sender, database: spec.repmgr.database)
        guard let rows = try? await session.query(sql, deadline: spec.failover.responseTimeout).first?.records else {
            return nil
        }
        let mine = rows.filter { addresses.contains($0["address"] ?? "") }
        // One copy at a time needs no address to be told apart.
        guard let row = mine.first ?? (rows.count == 1 ? rows.first : nil) else { return nil }
        guard let bytes = row["backup_streamed"].flatMap({ UInt64($0) }) else { return nil }
        return (bytes, row["backup_total"].flatMap { UInt64($0) })
    }

    private func addresses(of node: NodeSpec) async -> [String] {
        let script = ShellScript(.login, "hostname -I 2>/dev/null")
        let result = try? await doors.shell(node.hostSpec).run([script], deadline: spec.reconcile.commandTimeout).first
        return result?.output.split(whereSeparator: \.isWhitespace).map(String.init) ?? []
    }
}
