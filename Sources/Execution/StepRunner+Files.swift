import ClusterModel
import HostAccess

extension StepRunner {
    /// Puts a whole file in place: only if it still is what was observed, and only if its program would take it.
    func replace(_ write: FileWrite, _ operation: Operation) async throws(StepFailure) {
        if let check = write.check {
            // As the account that runs the program, whoever may write the file.
            let account: Account =
                if case .privileged(let owner) = operation.account { .named(owner) } else { operation.account }
            let result = try await shell(
                operation.host, account, RemoteFile.accepts(write.content, check: check), title: operation.title)
            guard result.succeeded else {
                throw StepFailure(.failed, "\(operation.title): not put in place, \(result.complaint)")
            }
        }
        try await put(
            Secret(write.content), expecting: write.observed.map { Secret($0) },
            path: try await expanded(write.path, operation), mode: write.mode, owner: write.owner, operation)
    }

    /// Changes some lines of a file, on what it holds now.
    func change(_ edit: FileEdit, _ operation: Operation) async throws(StepFailure) {
        let path = try await expanded(edit.path, operation)
        let result = try await shell(operation.host, operation.account, RemoteFile.read(path), title: operation.title)
        let current: Secret?
        switch RemoteFile.state(result) {
        case .missing: current = nil
        case .file(let content, _, _, _): current = Secret(content)
        case .unreadable(let reason): throw StepFailure(.failed, "\(operation.title): \(path): \(reason)")
        case .notAFile(let what): throw StepFailure(.failed, "\(operation.title): \(path) is a \(what)")
        }
        let changed = try await content(edit.change, current?.exposed ?? "", operation.title)
        guard changed != current else { return }
        try await put(changed, expecting: current, path: path, mode: edit.mode, owner: edit.owner, operation)
    }

    private func content(_ change: FileEdit.Change, _ text: String, _ title: String) async throws(StepFailure) -> Secret
    {
        switch change {
        case .block(let lines, let atTop):
            return Secret(ManagedBlock.replacing(in: text, with: lines, atTop: atTop))
        case .keyedLines(let keyed):
            var lines: [(prefix: String, line: String)] = []
            for entry in keyed {
                lines.append((entry.prefix, try await revealed(entry.line, title).exposed))
            }
            return Secret(ManagedBlock.settingKeyedLines(lines, in: text))
        }
    }

    private func put(
        _ content: Secret, expecting: Secret?, path: String, mode: String, owner: String?, _ operation: Operation
    ) async throws(StepFailure) {
        let script = RemoteFile.write(
            path, content.exposed, expecting: expecting?.exposed, mode: mode, owner: owner)
        let result = try await shell(operation.host, operation.account, script, title: operation.title)
        if result.status == RemoteFile.WriteStatus.changed {
            throw StepFailure(.guardBroken, "\(operation.title): \(result.complaint)")
        }
        guard result.succeeded else { throw StepFailure(.failed, "\(operation.title): \(result.complaint)") }
    }

    /// `~/x` is the home of the account that the operation runs as, which only its host knows.
    private func expanded(_ path: String, _ operation: Operation) async throws(StepFailure) -> String {
        guard path.hasPrefix("~/") else { return path }
        let result = try await shell(operation.host, operation.account, "printf %s \"$HOME\"", title: operation.title)
        guard result.succeeded, result.output.hasPrefix("/") else {
            throw StepFailure(.failed, "\(operation.title): the account's home is unknown, \(result.complaint)")
        }
        return result.output + path.dropFirst(1)
    }

    // MARK: secrets

    /// The text with its secrets, fetched now and kept no longer than this call.
    func revealed(_ text: SecretText, _ title: String) async throws(StepFailure) -> Secret {
        var secrets: [SecretUse: Secret] = [:]
        for use in Set(text.uses) {
            secrets[use] = try await secret(use, title)
        }
        guard let revealed = text.resolved(secrets) else { throw StepFailure(.failed, "\(title): a secret is missing") }
        return revealed
    }

    private func secret(_ use: SecretUse, _ title: String) async throws(StepFailure) -> Secret {
        do throws(SecretFailure) {
            switch use {
            case .passfileField(let source): return Secret(Quoting.passfile(try doors.secret(source).exposed))
            case .scram(let source): return try doors.scramSecret(of: try doors.secret(source))
            case .storedSecret: break
            }
        } catch {
            throw StepFailure(.failed, "\(title): \(error.description)")
        }
        guard case .storedSecret(let role, let name) = use, let node = spec.node(name) else {
            throw StepFailure(.failed, "\(title): the node of a secret is not declared")
        }
        let sql = "SELECT rolpassword FROM pg_authid WHERE rolname = \(Quoting.literal(role))"
        let server = LocalServer(port: node.postgresql.port, binDirectory: node.postgresql.binDirectory)
        let result = try await shell(
            name, .named(node.postgresql.osUser), HostSQL.value(sql, database: "postgres", server: server), title: title
        )
        let stored = result.output.trimmed
        guard result.succeeded, !stored.isEmpty else {
            throw StepFailure(
                .failed, "\(title): \(name) has no secret of role \(role), \(result.succeeded ? "" : result.complaint)")
        }
        return Secret(stored.replacing("\"", with: "\"\""))
    }
}
