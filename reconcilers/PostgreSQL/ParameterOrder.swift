import ClusterModel

/// The order in which nodes restart for a parameter.
///
/// A standby must never have less than its primary of the parameters below, or it stops (PostgreSQL's manual, "Hot
/// Standby: administrator's overview"): so they are raised on standbys first and lowered on the primary first.
/// Everything else goes to standbys first, so that a bad value is met where it hurts least. Standbys restart one after
/// the other: there is always one to read from, and to confirm commits.
struct ParameterOrder {
    private static let standbysDependOn: Set<String> = [
        "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
        "max_locks_per_transaction",
    ]
    let desired: Desired
    let observed: [NodeName: Observed]

    func ordered(_ steps: [Step]) -> [Step] {
        guard let primary = desired.nodes.first(where: { $0.role == .primary })?.spec.name else { return steps }
        let primaryRestart = "postgresql.restart.\(primary)"
        let standbyRestarts = steps.filter { $0.action == "restart" && $0.target != primary }.map(\.id)
        let hasPrimaryRestart = steps.contains { $0.id == primaryRestart }
        let lowers = hasPrimaryRestart && lowersOnPrimary(primary)
        return steps.map { step in
            var step = step
            if lowers, step.target != primary, step.action == "parameters" || step.action == "restart" {
                step.after.insert(primaryRestart)
            }
            if let index = standbyRestarts.firstIndex(of: step.id), index > 0 {
                step.after.insert(standbyRestarts[index - 1])
            }
            if !lowers, step.target == primary, step.action == "parameters" || step.action == "restart" {
                step.after.formUnion(standbyRestarts)
            }
            return step
        }
    }

    private func lowersOnPrimary(_ primary: NodeName) -> Bool {
        guard let node = desired.node(primary), let server = observed[primary]?.server.value else { return false }
        return node.parameters.contains { setting in
            guard Self.standbysDependOn.contains(setting.name), let wanted = Int(setting.value),
                let has = server.parameters[setting.name].flatMap({ Int($0.value) })
            else { return false }
            return wanted < has
        }
    }
}
