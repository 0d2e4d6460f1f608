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
        let host = pooler.host.name
        let text = Configuration(desired: desired, pooler: pooler, content: seen.configuration)
        var steps: [Step] = []
        let changes = text.changes
        if !changes.isEmpty {
            let rewrite = PoolerRewrite(
                file: PoolerFile(
                    path: desired.spec.configFile, observed: seen.configuration.text, content: text.applied),
                changes: changes, isRunning: seen.isRunning, isTried: !desired.isUrgent || !text.changesRoutesOnly,
                wakes: desired.isUrgent, pools: pooler.routes)
            steps.append(
                step(.rewrite(rewrite), on: host, cause: seen.configuration.isMissing ? .missing : .drift))
        }
        if let step = auth(host, seen) { steps.append(step) }
        if !seen.isRunning {
            let start = step(.start, on: host, cause: .repair)
            steps.append(start.after(steps.map(\.id), .filesBeforePooler))
        } else if let console = seen.console.value {
            steps += running(pooler, console, rewrites: !changes.isEmpty, before: steps)
        }
        return steps
    }

    private func step(_ action: PgBouncerAction, on host: HostName, cause: Step.Cause) -> Step {
        Step(.pgbouncer(action), on: host, cause: cause)
    }

    private func auth(_ host: HostName, _ seen: Observed) -> Step? {
        guard let secrets = desired.routes.secrets, let node = desired.routes.secretsNode, seen.authFileIsReadable
        else { return nil }
        let differing = desired.spec.users.filter { user in
            guard let secret = secrets[user] else { return false }
            return seen.authEntries[user] != secret
        }
        guard !differing.isEmpty else { return nil }
        let isNew = differing.allSatisfy { seen.authEntries[$0] == nil }
        let action = PgBouncerAction.auth(
            file: desired.spec.authFile, users: differing, from: node, isRunning: seen.isRunning)
        return step(action, on: host, cause: isNew ? .missing : .drift)
    }

    /// What a running PgBouncer uses, held against what it should use.
    private func running(
        _ pooler: Desired.Pooler, _ console: Console, rewrites: Bool, before: [Step]
    ) -> [Step] {
        let host = pooler.host.name
        var steps: [Step] = []
        let fixed = Configuration.fixedAtStart.filter { key in
            guard let wanted = desired.settings.first(where: { $0.name == key })?.value else { return false }
            return console.settings[key] != wanted
        }
        if !fixed.isEmpty {
            let restart = step(
                .restart(settings: fixed.map { "\($0): \(console.settings[$0] ?? "-")" }), on: host, cause: .config)
            steps.append(restart.after(before.map(\.id), .filesBeforePooler))
        } else if !rewrites {
            let stale = stale(pooler, console)
            if !stale.isEmpty {
                steps.append(step(.reload(changes: stale, pools: pooler.routes), on: host, cause: .repair))
            }
        }
        let names = Set(pooler.databases.map(\.spec.name))
        let paused = console.databases.filter { $0.paused && names.contains($0.name) }.map(\.name)
        if !paused.isEmpty, desired.routes.primary != nil {
            let resume = step(.resume(paused), on: host, cause: .repair)
            steps.append(resume.after((before + steps).map(\.id), .filesBeforePooler))
        }
        let standing = console.standing.filter(names.contains)
        if paused.isEmpty, !standing.isEmpty, !rewrites, steps.isEmpty, desired.routes.primary != nil {
            steps.append(step(.resumeAll(standing), on: host, cause: .repair))
        }
        if let step = endStrays(pooler, console) {
            steps.append(step.after((before + steps).map(\.id), .filesBeforePooler))
        }
        return steps
    }

    /// A host that stands still goes on acknowledging what is sent to it: who had a statement under way there waits for as long as it
    /// does.
    private func endStrays(_ pooler: Desired.Pooler, _ console: Console) -> Step? {
        let lost = pooler.databases.flatMap { pool -> [Console.Stray] in
            let hosts = Set(pool.backends.map(\.host))
            guard !hosts.isEmpty else { return [] }
            return console.strays.filter {
                $0.database == pool.spec.name && desired.routes.lost.contains($0.host) && !hosts.contains($0.host)
            }
        }
        guard !lost.isEmpty else { return nil }
        return step(
            .endStrays(Set(lost.map(\.database)).sorted(), to: Set(lost.map(\.host)).sorted()), on: pooler.host.name,
            cause: .repair)
    }

    /// Pools whose file is right and whose process still uses something else.
    private func stale(_ pooler: Desired.Pooler, _ console: Console) -> [ValueChange] {
        let unread = desired.settings.compactMap { setting -> ValueChange? in
            // Only what the console shows as it is written; others it words in its own way, and a reload would never end.
            guard setting.name.hasPrefix("tcp_") || setting.name == "pool_mode",
                let has = console.settings[setting.name],
                has != setting.value
            else { return nil }
            return ValueChange(setting.name, from: has, to: setting.value)
        }
        return unread
            + pooler.databases.compactMap { pool in
                guard !pool.backends.isEmpty else { return nil }
                let uses = console.databases.first { $0.name == pool.spec.name }
                if uses?.host == pool.hostList, uses?.database == pool.dbname {
                    guard let port = uses?.port, port != pool.port else { return nil }
                    return ValueChange(pool.spec.name, from: "port \(port)", to: pool.port)
                }
                return ValueChange(pool.spec.name, from: uses?.host, to: pool.hostList)
            }
    }
}
