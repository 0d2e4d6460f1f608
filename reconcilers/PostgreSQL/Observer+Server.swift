import ClusterModel
package import HostAccess

extension Observer {
    /// Reads the results of `statements`; nil when the first and most needed one is missing.
    package func serverFacts(_ results: [SQLResult?], doors: any Doors) -> ServerFacts? {
        func records(_ index: Int) -> [[String: String]] {
            index < results.count ? results[index]?.records ?? [] : []
        }
        guard let identity = records(0).first, let systemIdentifier = identity["sysid"] else { return nil }
        var facts = ServerFacts(
            inRecovery: identity["in_recovery"] == "t",
            systemIdentifier: systemIdentifier,
            versionNumber: identity["version"].flatMap { Int($0) } ?? 0,
            timeline: identity["timeline"].flatMap { Timeline($0) } ?? 0,
            lsn: identity["lsn"].flatMap { LSN($0) },
            replayLSN: identity["replay_lsn"].flatMap { LSN($0) },
            replayPaused: identity["paused"] == "t",
            receiver: records(3).first.map(receiver),
            senders: records(1).map(sender),
            slots: records(2).map(slot),
            parameters: Dictionary(records(4).map { ($0["name"] ?? "", parameter($0)) }) { $1 },
            roles: Dictionary(records(5).map { ($0["rolname"] ?? "", role($0, doors: doors)) }) { $1 },
            databases: records(6).compactMap { $0["datname"] },
            backupGrants: nil,
            hbaErrors: records(7).map { "line \($0["line_number"] ?? "?"): \($0["error"] ?? "")" })
        facts.archiveBacklog = identity["archive_backlog"].flatMap { Int($0) }
        facts.forks = Self.forks(identity["history"] ?? "")
        if let count = identity["unconfirmed"].flatMap({ Int($0) }) {
            facts.unconfirmed = ServerFacts.Unconfirmed(
                commits: count, seconds: identity["unconfirmed_for"].flatMap { Int($0) } ?? 0)
        }
        if let seconds = identity["flushing"].flatMap({ Int($0) }),
            let flushed = identity["flushed"].flatMap({ LSN($0) })
        {
            facts.flushing = ServerFacts.Flushing(seconds: seconds, flushed: flushed)
        }
        return facts
    }

    /// A history file's lines: a timeline, where it was left, and why.
    private static func forks(_ history: String) -> [Timeline: LSN] {
        var forks: [Timeline: LSN] = [:]
        for line in history.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count > 1, let timeline = Timeline(words[0]), let place = LSN(String(words[1])) else {
                continue
            }
            forks[timeline] = place
        }
        return forks
    }

    private func receiver(_ row: [String: String]) -> ServerFacts.Receiver {
        ServerFacts.Receiver(
            status: row["status"] ?? "", host: row["sender_host"] ?? "", port: row["sender_port"] ?? "",
            slot: row["slot_name"].flatMap { $0.isEmpty ? nil : $0 })
    }

    private func sender(_ row: [String: String]) -> ServerFacts.Sender {
        ServerFacts.Sender(
            applicationName: row["name"] ?? "", user: row["usename"] ?? "", state: row["state"] ?? "",
            syncState: row["sync_state"] ?? "",
            sentLSN: row["sent_lsn"].flatMap { LSN($0) }, replayLSN: row["replay_lsn"].flatMap { LSN($0) },
            slot: row["slot_name"])
    }

    private func slot(_ row: [String: String]) -> ServerFacts.Slot {
        ServerFacts.Slot(
            name: row["slot_name"] ?? "", isPhysical: row["slot_type"] == "physical", active: row["active"] == "t",
            walStatus: row["wal_status"])
    }

    private func parameter(_ row: [String: String]) -> Parameter {
        Parameter(
            value: row["setting"] ?? "", unit: row["unit"], type: row["vartype"] ?? "string",
            context: row["context"] ?? "", source: row["source"] ?? "", sourceFile: row["sourcefile"],
            sourceLine: row["sourceline"], pendingRestart: row["pending_restart"] == "t")
    }

    private func role(_ row: [String: String], doors: any Doors) -> ServerFacts.Role {
        let stored = row["rolpassword"].map { Secret($0) }
        return ServerFacts.Role(
            isSuperuser: row["rolsuper"] == "t", mayReplicate: row["rolreplication"] == "t",
            mayLogIn: row["rolcanlogin"] == "t", storedSecret: stored,
            passwordFits: passwordFits(role: row["rolname"] ?? "", stored: stored, doors: doors),
            memberOf: Set((row["member_of"] ?? "").split(separator: ",").map(String.init)))
    }

    private func passwordFits(role: String, stored: Secret?, doors: any Doors) -> Bool? {
        guard let source = passwords[role], let password = try? doors.secret(source) else { return nil }
        guard let stored else { return false }
        return doors.password(password, matchesSCRAM: stored)
    }
}
