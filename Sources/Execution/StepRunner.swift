package import ClusterModel
package import HostAccess

/// Does one step through the doors: its preconditions, its operations, its postconditions.
package struct StepRunner: Sendable {
    let spec: ClusterSpec
    let commands: any StepCommands
    let doors: any Doors
    let watcher: any ExecutionWatcher

    package init(
        spec: ClusterSpec, commands: any StepCommands, doors: any Doors, watcher: any ExecutionWatcher
    ) {
        self.spec = spec
        self.commands = commands
        self.doors = doors
        self.watcher = watcher
    }

    package func run(_ step: Step) async -> StepOutcome {
        do throws(StepFailure) {
            for condition in step.preconditions {
                let check = try check(condition)
                guard try await holds(check) == nil else {
                    throw StepFailure(.guardBroken, "no longer so: \(check.sentence)")
                }
            }
            for operation in commands.operations(step) {
                try await perform(operation, of: step)
            }
            for condition in step.postconditions {
                let check = try check(condition)
                if let answer = try await holds(check) {
                    throw StepFailure(.failed, "done, but it is not so that \(check.sentence) \(answer)")
                }
            }
            return .done
        } catch {
            return error.outcome
        }
    }

    // MARK: checks

    private func check(_ condition: Condition) throws(StepFailure) -> Check {
        guard let check = commands.check(condition) else {
            throw StepFailure(.failed, "what is asked about is not declared: \(condition.sentence(spec))")
        }
        return check
    }

    /// Nil when it is so; otherwise how long it was asked for, and the last answer.
    private func holds(_ check: Check) async throws(StepFailure) -> String? {
        let end = doors.clock.uptime + check.patience
        while true {
            guard let answer = try await ask(check) else { return nil }
            if doors.clock.uptime >= end { return "(asked for \(check.patience)): \(answer)" }
            if let premise = check.premise, let other = try await contradiction(premise) {
                return "(and no longer asked for, since \(other)): \(answer)"
            }
            do {
                try await doors.clock.sleep(for: check.interval)
            } catch {
                throw StepFailure(.stopped, check.sentence)
            }
        }
    }

    /// Why the premise is not so, or cannot be told in time: it must not be waited for in its turn.
    private func contradiction(_ premise: Check.Premise) async throws(StepFailure) -> String? {
        let title = "asking whether \(premise.sentence)"
        do throws(StepFailure) {
            let answer = try await session(
                premise.node, spec.repmgr.database, premise.sql, deadline: spec.failover.responseTimeout, title: title)
            return answer == "t" ? nil : "\(title): \(answer ?? "nothing")"
        } catch {
            guard error.kind != .stopped else { throw error }
            return error.message
        }
    }

    private func ask(_ check: Check) async throws(StepFailure) -> String? {
        if case .session(let database, let sql) = check.question {
            let answer = try await session(check.host, database, sql, title: check.sentence)
            return answer == "t" ? nil : "the answer is \(answer ?? "nothing")"
        }
        let result = try await shell(check.host, check.account, script(check.question), title: check.sentence)
        switch check.question {
        case .script, .session: return result.succeeded ? nil : result.complaint
        case .sql:
            guard result.succeeded else { return result.complaint }
            return result.output.trimmed == "t" ? nil : "the answer is \(result.output.trimmed)"
        }
    }

    private func script(_ question: Check.Question) -> String {
        switch question {
        case .script(let text): text
        case .session(_, let sql): sql
        case .sql(let database, let sql, let server): HostSQL.value(sql, database: database, server: server)
        }
    }

    // MARK: operations

    private func perform(_ operation: Operation, of step: Step) async throws(StepFailure) {
        switch operation.work {
        case .script(let text):
            try await runScript(text, operation, step)
        case .sql(let database, let text, let server):
            let sql = try await revealed(text, operation.title)
            try await require(operation, HostSQL.execute(sql.exposed, database: database, server: server))
        case .session(let database, let sql):
            _ = try await session(operation.host, database, sql, title: operation.title)
        case .count(let database, let sql):
            let answer = try? await session(operation.host, database, sql, title: operation.title)
            if let number = answer.flatMap({ $0 }).flatMap({ Int($0) }) { watcher.counted(step, number) }
        case .local(let command):
            try await runHere(command, operation)
        case .caughtUp(let primary, let script):
            try await proveCaughtUp(operation, with: primary, script)
        case .write(let write):
            try await replace(write, operation)
        case .edit(let edit):
            try await change(edit, operation)
        case .transfer(let source, let account, let produce, let consume):
            let produced = try await shell(source, account, produce, title: operation.title)
            guard produced.succeeded else {
                throw StepFailure(.failed, "\(operation.title), on \(source): \(produced.complaint)")
            }
            // Another host's word becomes part of a script: nothing but base64 may pass.
            guard let data = Base64.decode(produced.output.trimmed) else {
                throw StepFailure(.failed, "\(operation.title): what \(source) printed is not base64")
            }
            try await require(operation, Self.feeding(Base64.encode(data), to: consume))
        }
    }

    private func runHere(_ command: String, _ operation: Operation) async throws(StepFailure) {
        let result: ShellResult
        do throws(ShellFailure) {
            result = try await doors.local(command, deadline: spec.reconcile.commandTimeout)
        } catch {
            throw StepFailure(error, title: operation.title)
        }
        guard result.succeeded else { throw StepFailure(.failed, "\(operation.title): \(result.complaint)") }
    }

    private func runScript(_ text: SecretText, _ operation: Operation, _ step: Step) async throws(StepFailure) {
        let script = try await revealed(text, operation.title).exposed
        guard operation.timeout == .clone else {
            return try await require(operation, script, isImmediate: operation.timeout == .immediate)
        }
        let watching = operation.progress.map { source in
            Task {
                await ProgressPoll(spec: spec, doors: doors, source: source).run {
                    watcher.progress(step, bytes: $0, total: $1)
                }
            }
        }
        defer { watching?.cancel() }
        let host = try host(operation.host)
        let result: ShellResult
        do {
            result = try await doors.shell(host).runAlone(
                ShellScript(operation.account, script), deadline: spec.reconcile.cloneTimeout)
        } catch {
            throw StepFailure(error, title: operation.title)
        }
        guard result.succeeded else { throw StepFailure(.failed, "\(operation.title): \(result.complaint)") }
    }

    /// A script with data on its standard input, as base64, which cannot hold the mark.
    private static func feeding(_ base64: String, to script: String) -> String {
        "{ \(script)\n} <<'PGREGENT_DATA'\n\(base64)\nPGREGENT_DATA\n"
    }

    func require(_ operation: Operation, _ script: String, isImmediate: Bool = false) async throws(StepFailure) {
        let result = try await shell(
            operation.host, operation.account, script, isImmediate: isImmediate, title: operation.title)
        guard result.succeeded else { throw StepFailure(.failed, "\(operation.title): \(result.complaint)") }
    }

    func shell(
        _ name: HostName, _ account: Account, _ script: String, isImmediate: Bool = false, title: String
    ) async throws(StepFailure) -> ShellResult {
        let host = try host(name)
        do {
            let results = try await doors.shell(host).run(
                [ShellScript(account, script, isImmediate: isImmediate)], deadline: spec.reconcile.commandTimeout)
            guard let result = results.first else {
                throw StepFailure(.outcomeUnknown, "\(title): no result from \(name)")
            }
            return result
        } catch let failure as ShellFailure {
            throw StepFailure(failure, title: title)
        } catch let failure as StepFailure {
            throw failure
        } catch {
            throw StepFailure(.failed, "\(title): \(error)")
        }
    }

    private func host(_ name: HostName) throws(StepFailure) -> HostSpec {
        guard let host = spec.hosts.first(where: { $0.name == name }) else {
            throw StepFailure(.failed, "host \(name) is not declared")
        }
        return host
    }
}
