import Barman
import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
import Systems

extension Diagnosis {
    func node(_ node: NodeSpec) -> [Finding] {
        guard node.ensure == .present else { return [] }
        var findings: [Finding] = []
        if let host = snapshot.host(node.name) { findings += disk(node, host) }
        if snapshot.host(node.name)?.postmasterRuns == true { findings += login(node) }
        if let server = snapshot.server(node.name) { findings += running(node, server) }
        return findings
    }

    private func disk(_ node: NodeSpec, _ host: PostgreSQL.HostFacts) -> [Finding] {
        var findings: [Finding] = []
        let missing = host.missingPrograms + (snapshot.repmgr[node.name]?.host.value?.missingPrograms ?? [])
        if !missing.isEmpty {
            let packages = "postgresql-\(node.postgresql.version), postgresql-\(node.postgresql.version)-repmgr"
            findings.append(
                Finding(
                    .programMissing, node.name, evidence: missing.map { "not found: \($0)" },
                    remedy: "install Debian's \(packages), or set postgresql.bin_directory", severity: .blocking))
        }
        if case .other(let entries) = host.dataDirectory, host.cloneMark == nil {
            findings.append(
                Finding(
                    .dataDirectoryNotEmpty, node.name,
                    evidence: ["\(node.postgresql.dataDirectory) holds \(entries) entries and no database"],
                    remedy: "empty it yourself if nothing in it is needed", severity: .blocking))
        }
        if snapshot.server(node.name) != nil, host.dataDirectory == .missing || host.dataDirectory == .empty {
            let evidence = "a server answers on \(node.name), and \(node.postgresql.dataDirectory) holds no database"
            findings.append(
                Finding(
                    .wrongDataDirectory, node.name, evidence: [evidence],
                    remedy: "set postgresql.data_directory to the server's own", severity: .blocking))
        }
        if host.dataDirectory == .unreadable {
            findings.append(
                Finding(
                    .notWritable, node.name,
                    evidence: ["\(node.postgresql.dataDirectory) cannot be read by \(node.postgresql.osUser)"],
                    remedy: "chown it to \(node.postgresql.osUser)", severity: .blocking))
        }
        if host.holdsNoDatabase, !host.unwritable.isEmpty {
            findings.append(
                Finding(
                    .notWritable, node.name,
                    evidence: host.unwritable.map { "\(node.postgresql.osUser) may not write in \($0)" },
                    remedy: "chown these directories to \(node.postgresql.osUser)", severity: .blocking))
        }
        if snapshot.repmgr[node.name]?.host.value?.isWritable == false {
            let file = spec.repmgr.configFile
            findings.append(
                Finding(
                    .notWritable, node.name, evidence: ["\(file) can be neither written nor made by \(node.ssh.user)"],
                    remedy:
                        "set ssh.sudo: true with a sudoers rule for \(node.ssh.user), or make the file once (`touch \(file) && chown \(node.postgresql.osUser) \(file)`), or set repmgr.config_file",
                    severity: .blocking))
        }
        if host.cloneRuns {
            let mark = WorkMark(host.cloneMark ?? "")
            let process = mark.process.map { " (process \($0))" } ?? ""
            findings.append(Finding(.cloneRunning, node.name, evidence: ["a \(mark.work) is at work there\(process)"]))
        }
        if let identifier = snapshot.systemIdentifier(node.name), node.kind == .data {
            findings += foreign(node, identifier)
        }
        return findings
    }

    private func foreign(_ node: NodeSpec, _ identifier: String) -> [Finding] {
        let expected = spec.systemIdentifier ?? primaryIdentifier
        if expected == nil, writable.count == 1, let other = snapshot.systemIdentifier(writable[0].name),
            other != identifier
        {
            return [
                Finding(
                    .foreignSystemIdentifier, node.name,
                    evidence: [
                        "its system identifier is \(identifier), that of \(writable[0].name), which takes writes, is \(other), and nothing says which one is this cluster's"
                    ],
                    remedy: "pin it in cluster.yaml: `system_identifier: \"…\"`", severity: .blocking)
            ]
        }
        guard let expected, expected != identifier else { return [] }
        return [
            Finding(
                .foreignSystemIdentifier, node.name,
                evidence: ["its system identifier is \(identifier), the cluster's is \(expected)"],
                remedy:
                    "this directory belongs to another cluster and is never touched: move it away, or, if it is the empty one that Debian's package made, `pg_dropcluster \(node.postgresql.version) main --stop`",
                severity: .blocking)
        ]
    }

    private func login(_ node: NodeSpec) -> [Finding] {
        guard case .failed(let kind, let message)? = snapshot.postgresql[node.name]?.login else { return [] }
        guard let server = snapshot.server(node.name) else {
            return [
                Finding(
                    .sqlUnreachable, node.name, evidence: ["a postmaster runs, and does not answer: \(message)"],
                    remedy: "see its log: it may be starting, stopping or recovering", severity: .incomplete)
            ]
        }
        if server.roles[spec.repmgr.user] == nil { return [] }
        if let listen = server.parameters["listen_addresses"]?.value, kind == .refused,
            ["localhost", "", "127.0.0.1"].contains(listen)
        {
            return [
                Finding(
                    .sqlUnreachable, node.name, evidence: ["listen_addresses is '\(listen)'"],
                    remedy: "add `listen_addresses: \"*\"` to postgresql.parameters", severity: .notice)
            ]
        }
        let code: Finding.Code = kind == .loginRejected ? .loginRejected : .sqlUnreachable
        return [
            Finding(
                code, node.name, evidence: [message],
                remedy: kind == .loginRejected
                    ? "see that repmgr.password is the role's, and that pg_hba.conf lets this host in (postgresql.hba)"
                    : nil, severity: .notice)
        ]
    }

    private func running(_ node: NodeSpec, _ server: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        if server.versionNumber / 10000 != node.postgresql.version {
            findings.append(
                Finding(
                    .wrongVersion, node.name,
                    evidence: [
                        "it runs PostgreSQL \(server.versionNumber / 10000), declared is \(node.postgresql.version)"
                    ], remedy: "set postgresql.version", severity: .blocking))
        }
        if !server.hbaErrors.isEmpty {
            findings.append(
                Finding(
                    .configurationInvalid, node.name, evidence: server.hbaErrors.map { "pg_hba.conf \($0)" },
                    remedy: "correct the lines; PostgreSQL keeps the earlier ones until then"))
        }
        findings += parameters(node, server)
        if node.kind == .data, server.inRecovery { findings += standby(node, server) }
        return findings
    }

    private func parameters(_ node: NodeSpec, _ server: ServerFacts) -> [Finding] {
        guard let host = snapshot.host(node.name) else { return [] }
        let drift = ParameterDrift(PostgreSQL.Desired.parametersAlone(node), host, server)
        var findings = drift.overridden.map { name, place in
            let reset =
                place.contains("postgresql.auto.conf")
                ? "`ALTER SYSTEM RESET \(name)`, then `SELECT pg_reload_conf()`" : "take the line out"
            return Finding(
                .parameterOverridden, node.name,
                evidence: ["\(name) is set at \(place), which wins over postgresql.conf"], remedy: reset,
                severity: .blocking)
        }
        if !drift.unknown.isEmpty {
            findings.append(
                Finding(
                    .parameterUnknown, node.name,
                    evidence: drift.unknown.map {
                        "PostgreSQL \(server.versionNumber / 10000) knows no parameter \($0)"
                    }, remedy: "correct postgresql.parameters: none of them is written before", severity: .blocking))
        }
        return findings
    }

    private func standby(_ node: NodeSpec, _ server: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        if server.replayPaused {
            findings.append(
                Finding(
                    .replayPaused, node.name, evidence: ["replay is paused at \(server.replayLSN?.description ?? "?")"],
                    remedy: "SELECT pg_wal_replay_resume()"))
        }
        guard writable.count == 1, let primary = snapshot.server(writable[0].name) else { return findings }
        let slot = "repmgr_slot_\(node.id)"
        if let lost = primary.slots.first(where: { $0.name == slot && $0.walStatus == "lost" }) {
            findings.append(
                Finding(
                    .standbyBeyondSlot, node.name,
                    evidence: [
                        "slot \(lost.name) on \(writable[0].name) is lost: the log that \(node.name) needs is gone"
                    ], remedy: "empty \(node.postgresql.dataDirectory) on \(node.name) to have it cloned again",
                    severity: .blocking))
        }
        if server.timeline > primary.timeline {
            findings.append(
                Finding(
                    .standbyDiverged, node.name,
                    evidence: ["it is on timeline \(server.timeline), the primary on \(primary.timeline)"],
                    remedy: "it must be rewound or cloned again", severity: .blocking))
        } else if let fork = snapshot.forkBefore(node.name, primary: writable[0].name) {
            findings.append(
                Finding(
                    .standbyDiverged, node.name,
                    evidence: [
                        "it is at \(server.lsn?.description ?? "?") on timeline \(server.timeline), which \(writable[0].name) left at \(fork)"
                    ]))
        } else if snapshot.streamsFrom(node.name, spec) == nil {
            let conninfo = server.parameters["primary_conninfo"]?.value ?? "-"
            findings.append(
                Finding(
                    .standbyDetached, node.name,
                    evidence: [
                        "it has no stream; at \(server.lsn?.description ?? "?"), \(primary.lsn.map { (server.lsn ?? $0).lag(behind: $0) } ?? 0) bytes behind",
                        "primary_conninfo: \(redacted(conninfo))",
                    ]))
        }
        return findings
    }

    private func redacted(_ conninfo: String) -> String {
        conninfo.split(separator: " ").filter { !$0.hasPrefix("password") && !$0.hasPrefix("passfile") }.joined(
            separator: " ")
    }

    // MARK: registry, poolers, backup

    func registry() -> [Finding] {
        guard writable.count == 1, let records = snapshot.repmgr[writable[0].name]?.registry.value else { return [] }
        return records.filter { record in !spec.nodes.contains { $0.id == record.id } }.map { record in
            Finding(
                .nodeUndeclared, record.name, evidence: ["repmgr knows node \(record.id), cluster.yaml does not"],
                remedy: "declare it, with `ensure: absent` to have it removed")
        }
    }

    func poolers() -> [Finding] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        var findings: [Finding] = []
        for host in pgbouncer.hosts {
            guard let seen = snapshot.pgbouncer[host.name]?.value else { continue }
            if !seen.missingPrograms.isEmpty {
                findings.append(
                    Finding(
                        .programMissing, host.name, evidence: seen.missingPrograms.map { "not found: \($0)" },
                        remedy: "install Debian's pgbouncer and postgresql-client", severity: .blocking))
            } else if !seen.unwritable.isEmpty {
                findings.append(
                    Finding(
                        .notWritable, host.name,
                        evidence: seen.unwritable.map { "\($0) can be neither written nor made by \(host.ssh.user)" },
                        remedy:
                            "set ssh.sudo: true with a sudoers rule for \(host.ssh.user), or make the file once and give it to that account",
                        severity: .blocking))
            }
            if seen.isRunning, seen.configuration != .unreadable, let reason = seen.console.unknownReason {
                findings.append(
                    Finding(
                        .consoleRefused, host.name, evidence: ["PgBouncer's console: \(reason)"],
                        remedy: "let \(pgbouncer.adminUser) in: admin_users, and unix_socket_dir for its own account",
                        severity: .incomplete))
            }
            for database in seen.console.value?.databases ?? [] where database.paused {
                findings.append(
                    Finding(.poolPaused, host.name, evidence: ["\(database.name) is paused: its clients wait"]))
            }
        }
        return findings + poolUsers(pgbouncer)
    }

    private func poolUsers(_ pgbouncer: PgBouncerSpec) -> [Finding] {
        guard writable.count == 1, let server = snapshot.server(writable[0].name) else { return [] }
        return pgbouncer.users.filter { server.roles[$0]?.storedSecret == nil }.map { user in
            let why = server.roles[user] == nil ? "there is no role \(user)" : "role \(user) has no password"
            return Finding(
                .poolUserMissing, user, evidence: ["\(why) on \(writable[0].name)"],
                remedy: "CREATE ROLE or ALTER ROLE … PASSWORD on the primary: it cannot log in through PgBouncer before"
            )
        }
    }

    func backup() -> [Finding] {
        guard let barman = spec.barman, let seen = snapshot.barman?.value else { return [] }
        if !seen.missingPrograms.isEmpty {
            return [
                Finding(
                    .programMissing, barman.hostName, evidence: seen.missingPrograms.map { "not found: \($0)" },
                    remedy: "install Debian's barman and postgresql-client", severity: .blocking)
            ]
        }
        if Barman.Planner.lacksPermission(Barman.Desired(barman, cluster: spec, source: nil), seen) {
            return [
                Finding(
                    .notWritable, barman.hostName,
                    evidence: seen.unwritable.map { "\($0) can be neither written nor made by \(barman.ssh.user)" },
                    remedy:
                        "set barman.ssh.sudo: true with a sudoers rule for \(barman.ssh.user), or give that account the directory",
                    severity: .blocking)
            ]
        }
        if let check = seen.check, !check.passed {
            return [
                Finding(
                    .backupUnhealthy, barman.hostName, evidence: check.failed, remedy: "barman check \(barman.server)")
            ]
        }
        return []
    }
}
