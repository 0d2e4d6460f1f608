import ClusterModel
import HostAccess

/// What is so with a running server.
extension Findings {
    func login() -> [Finding] {
        guard case .failed(let kind, let message) = observed.login else { return [] }
        guard let server = observed.server.value else {
            return [
                finding(
                    .sqlUnreachable, ["a postmaster runs, and does not answer: \(message)"],
                    remedy: "see its log: it may be starting, stopping or recovering", severity: .incomplete)
            ]
        }
        if server.roles[cluster.role] == nil { return [] }
        if let listen = server.parameters["listen_addresses"]?.value, kind == .refused,
            ["localhost", "", "127.0.0.1"].contains(listen)
        {
            return [
                finding(
                    .sqlUnreachable, ["listen_addresses is '\(listen)'"],
                    remedy: "add `listen_addresses: \"*\"` to postgresql.parameters")
            ]
        }
        guard kind == .loginRejected else {
            return [
                finding(
                    .sqlUnreachable, ["its own host reaches it, and from here \(message)"],
                    remedy: "see what stands between: clients may not reach it either", severity: .incomplete)
            ]
        }
        // Where the declared password is not the role's, it will be set.
        let isMended = server.roles[cluster.role]?.passwordFits == false
        return [
            finding(
                .loginRejected, [message],
                remedy:
                    "see that repmgr.password is the role's, and that pg_hba.conf lets this host in (postgresql.hba)",
                severity: isMended ? .notice : .blocking)
        ]
    }

    func running(_ server: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        let major = server.versionNumber / 10000
        if major != node.postgresql.version {
            findings.append(
                finding(
                    .wrongVersion, ["it runs PostgreSQL \(major), declared is \(node.postgresql.version)"],
                    remedy: "set postgresql.version", severity: .blocking))
        }
        if !server.hbaErrors.isEmpty {
            findings.append(
                finding(
                    .configurationInvalid, server.hbaErrors.map { "pg_hba.conf \($0)" },
                    remedy: "correct the lines; PostgreSQL keeps the earlier ones until then"))
        }
        if let waiting = server.unconfirmed, waiting.isLong {
            findings.append(
                finding(
                    .commitsWait,
                    [
                        "\(waiting.commits == 1 ? "a commit waits" : "\(waiting.commits) commits wait") for a standby's confirmation, the first for \(waiting.seconds) s",
                        "synchronous_standby_names is '\(server.parameters["synchronous_standby_names"]?.value ?? "")'",
                    ],
                    remedy:
                        "see why these standbys do not confirm; with durability.strict false writes go on without them",
                    severity: .blocking))
        }
        findings += parameters(server)
        if node.kind == .data, server.inRecovery { findings += standby(server) }
        return findings
    }

    private func parameters(_ server: ServerFacts) -> [Finding] {
        guard let host = observed.host.value else { return [] }
        let drift = ParameterDrift(Desired.parametersAlone(node), host, server)
        var findings = drift.overridden.map { name, place in
            let reset =
                place.contains("postgresql.auto.conf")
                ? "`ALTER SYSTEM RESET \(name)`, then `SELECT pg_reload_conf()`" : "take the line out"
            return finding(
                .parameterOverridden, ["\(name) is set at \(place), which wins over postgresql.conf"], remedy: reset,
                severity: .blocking)
        }
        if !drift.unknown.isEmpty {
            findings.append(
                finding(
                    .parameterUnknown,
                    drift.unknown.map { "PostgreSQL \(server.versionNumber / 10000) knows no parameter \($0)" },
                    remedy: "correct postgresql.parameters: none of them is written before", severity: .blocking))
        }
        return findings
    }

    private func standby(_ server: ServerFacts) -> [Finding] {
        var findings: [Finding] = []
        if server.replayPaused {
            findings.append(
                finding(
                    .replayPaused, ["replay is paused at \(server.replayLSN?.description ?? "?")"],
                    remedy: "SELECT pg_wal_replay_resume()"))
        }
        guard let (name, primary) = cluster.primary else { return findings }
        let slot = "repmgr_slot_\(node.id)"
        if let lost = primary.slots.first(where: { $0.name == slot && $0.walStatus == "lost" }) {
            findings.append(
                finding(
                    .standbyBeyondSlot,
                    ["slot \(lost.name) on \(name) is lost: the log that \(node.name) needs is gone"],
                    remedy: "empty \(node.postgresql.dataDirectory) on \(node.name) to have it cloned again",
                    severity: .blocking))
        }
        return findings + stream(server, from: name, primary)
    }

    private func stream(_ server: ServerFacts, from name: NodeName, _ primary: ServerFacts) -> [Finding] {
        let place = server.lsn?.description ?? "?"
        if server.timeline > primary.timeline {
            return [
                finding(
                    .standbyDiverged, ["it is on timeline \(server.timeline), the primary on \(primary.timeline)"],
                    remedy: "it must be rewound or cloned again", severity: .blocking)
            ]
        }
        if let fork = cluster.fork {
            return [
                finding(
                    .standbyDiverged,
                    ["it is at \(place) on timeline \(server.timeline), which \(name) left at \(fork)"])
            ]
        }
        guard cluster.streamsFrom == nil else { return [] }
        let behind = primary.lsn.map { (server.lsn ?? $0).lag(behind: $0) } ?? 0
        let conninfo = server.parameters["primary_conninfo"]?.value ?? "-"
        return [
            finding(
                .standbyDetached,
                [
                    "it has no stream; at \(place), \(behind) bytes behind",
                    "primary_conninfo: \(redacted(conninfo))",
                ])
        ]
    }

    private func redacted(_ conninfo: String) -> String {
        conninfo.split(separator: " ").filter { !$0.hasPrefix("password") && !$0.hasPrefix("passfile") }.joined(
            separator: " ")
    }
}
