package import ClusterModel
import HostAccess

/// (Desired, Observed) → steps for every PgBouncer. Pure.
package struct Planner {
    let desired: Desired
    let observed: [HostName: Seen<Observed>]

    package init(desired: Desired, observed: [HostName: Seen<Observed>]) {
        self.desired = desired
        self.observed = observed
    }

    package func steps() -> [Step] {
        desired.poolers.flatMap { pooler -> [Step] in
            // Where its console is, and what it uses, stands in the file: without that nothing can be done well.
            guard let seen = observed[pooler.host.name]?.value, seen.missingPrograms.isEmpty, seen.unwritable.isEmpty,
                seen.configuration != .unreadable
            else { return [] }
            return steps(for: pooler, seen)
        }
    }

    private func steps(for pooler: Desired.Pooler, _ seen: Observed) -> [Step] {
        let actions = Actions(desired, pooler)
        let text = Configuration(desired: desired, pooler: pooler, content: seen.configuration)
        var steps: [Step] = []
        let changes = text.changes
        if !changes.isEmpty {
            steps.append(
                actions.rewrite(
                    observed: seen.configuration, content: text.applied, changes: changes,
                    isRunning: seen.isRunning,
                    isTried: !desired.isUrgent || !text.changesRoutesOnly))
        }
        if let step = auth(seen, actions) { steps.append(step) }
        if !seen.isRunning {
            steps.append(actions.start(after: steps.map(\.id)))
        } else if let console = seen.console.value {
            steps += running(pooler, console, actions, rewrites: !changes.isEmpty, before: steps.map(\.id))
        }
        return steps
    }

    private func auth(_ seen: Observed, _ actions: Actions) -> Step? {
        guard let secrets = desired.routes.secrets, let node = desired.routes.secretsNode, seen.authFileIsReadable
        else { return nil }
        let differing = desired.spec.users.filter { user in
            guard let secret = secrets[user] else { return false }
            return seen.authEntries[user] != secret
        }
        guard !differing.isEmpty else { return nil }
        let isNew = differing.allSatisfy { seen.authEntries[$0] == nil }
        return actions.auth(users: differing, from: node, cause: isNew ? .missing : .drift, isRunning: seen.isRunning)
    }

    /// What a running PgBouncer uses, held against what it should use.
    private func running(
        _ pooler: Desired.Pooler, _ console: Console, _ actions: Actions, rewrites: Bool, before: [String]
    ) -> [Step] {
        var steps: [Step] = []
        let fixed = Configuration.fixedAtStart.filter { key in
            guard let wanted = desired.settings.first(where: { $0.name == key })?.value else { return false }
            return console.settings[key] != wanted
        }
        if !fixed.isEmpty {
            steps.append(
                actions.restart(
                    detail: fixed.map { "\($0): \(console.settings[$0] ?? "-")" }.joined(separator: ", "), after: before
                ))
        } else if !rewrites {
            let stale = stale(pooler, console)
            if !stale.isEmpty { steps.append(actions.reload(detail: stale.joined(separator: ", "))) }
        }
        let names = Set(pooler.databases.map(\.spec.name))
        let paused = console.databases.filter { $0.paused && names.contains($0.name) }.map(\.name)
        if !paused.isEmpty, desired.routes.primary != nil {
            steps.append(actions.resume(paused, after: before + steps.map(\.id)))
        }
        return steps
    }

    /// Pools whose file is right and whose process still uses something else.
    private func stale(_ pooler: Desired.Pooler, _ console: Console) -> [String] {
        let unread = desired.settings.compactMap { setting -> String? in
            // Only what the console shows as it is written; others it words in its own way, and a reload would never end.
            guard setting.name.hasPrefix("tcp_") || setting.name == "pool_mode",
                let has = console.settings[setting.name],
                has != setting.value
            else { return nil }
            return "\(setting.name): \(has) -> \(setting.value)"
        }
        return unread
            + pooler.databases.compactMap { pool in
                guard !pool.backends.isEmpty else { return nil }
                let uses = console.databases.first { $0.name == pool.spec.name }
                if uses?.host == pool.hostList, uses?.database == pool.dbname {
                    guard let port = uses?.port, port != pool.port else { return nil }
                    return "\(pool.spec.name): port \(port) -> \(pool.port)"
                }
                return "\(pool.spec.name): \(uses?.host ?? "-") -> \(pool.hostList)"
            }
    }
}
