package import ClusterModel
package import HostAccess

/// What pgregent asks a node about PostgreSQL, and how it reads the answers.
package struct Observer: Sendable {
    package let node: NodeSpec
    private let need: Need
    var passwords: [String: SecretSource] { need.passwords }

    /// What the rest of the file makes worth asking.
    package struct Need: Sendable, Equatable {
        package var parameters: [String]
        package var roles: [String]
        /// The declared passwords of roles, to be checked against what the server has stored.
        package var passwords: [String: SecretSource]
        /// Barman's role; nil without a `barman` section.
        package var backupRole: String?
        /// The entries that the account's passfile must have.
        package var passfile: [FileEdit.KeyedLine]

        package init(
            parameters: [String], roles: [String], passwords: [String: SecretSource], backupRole: String?,
            passfile: [FileEdit.KeyedLine]
        ) {
            self.passfile = passfile
            self.parameters = parameters
            self.roles = roles
            self.passwords = passwords
            self.backupRole = backupRole
        }
    }

    package init(node: NodeSpec, need: Need) {
        self.node = node
        self.need = need
    }

    /// The questions to the host, as the account that owns the server.
    package var script: String {
        let layout = NodeLayout(node)
        let program = ShellProgram(
            Scripts.observe,
            [
                "data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory,
                "program_names": layout.programs.joined(separator: " "),
                "configuration_file": layout.configurationFile, "hba_file": layout.hbaFile,
            ], words: layout.directoriesToMake, after: [layout.record.work, WatchdogCommands.find(layout)])
        return "\(program)\n"
    }

    package func hostFacts(_ answers: HostProbe.Answers, doors: any Doors) -> HostFacts {
        var facts = HostFacts(
            dataDirectory: dataDirectory(answers),
            hasStandbySignal: answers.isYes("pg.standby"),
            postmasterRuns: answers.isYes("pg.postmaster"),
            workRuns: answers.isYes("pg.at-work"),
            missingPrograms: answers.words("pg.absent"),
            configuration: answers.text("pg.conf"),
            hba: answers.text("pg.hba"),
            hasConfiguration: answers.text("pg.conf").text != nil,
            passfileFits: PassfileEntries.fit(
                need.passfile, in: answers.text("pg.passfile").text.map { Secret($0) }, doors: doors),
            hasPassfile: answers.text("pg.passfile").text != nil,
            unwritable: answers.words("pg.unwritable"))
        let room = (answers.word("pg.free") ?? "").split(separator: " ").compactMap { UInt64($0) }
        if room.count == 2 { facts.freeBytes = room[0] * room[1] }
        facts.oldRecords = answers.words("pg.old-record")
        if let directory = answers.word("pg.record-unwritable") {
            facts.recordProblem = .unwritable(directory: directory)
        }
        facts.hasRecord = !answers.text("pg.record").isMissing
        if let text = answers.text("pg.record").text {
            if let record = HostRecord(text: text, now: answers.word("pg.now").flatMap { Int64($0) }) {
                facts.record = record
            } else {
                facts.recordProblem = .unknownVersion(path: NodeLayout(node).record.path)
            }
        }
        facts.watchdogScript = answers.text("pg.guard")
        facts.watchdogRuns = answers.isYes("pg.guarded")
        return facts
    }

    private func dataDirectory(_ answers: HostProbe.Answers) -> HostFacts.DataDirectory {
        let words = (answers.word("pg.data") ?? "unreadable").split(separator: " ")
        switch words.first {
        case "missing": return .missing
        case "cluster":
            var control = answers.text("pg.control").text.flatMap(ControlData.init(printed:))
            // A server that was promoted and died before its first checkpoint has log of a newer timeline than that says.
            if let log = answers.word("pg.log-timeline").flatMap({ Timeline($0, radix: 16) }),
                let known = control?.timeline
            {
                control?.timeline = max(known, log)
            }
            return .cluster(control)
        case "other":
            let entries = words.count > 1 ? Int(words[1]) ?? 0 : 0
            return entries == 0 ? .empty : .other(entries: entries)
        default: return .unreadable
        }
    }

    /// The questions to the server, one result each, in this order.
    package var statements: [String] {
        var names = Set(need.parameters).union(Self.parametersAlwaysAsked)
        if node.delay != nil { names.insert("recovery_min_apply_delay") }
        return [
            Scripts.identity,
            """
            SELECT coalesce(application_name, '') AS name, usename, state, sync_state, sent_lsn, replay_lsn, slot_name
              FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid ORDER BY 1
            """,
            "SELECT slot_name, slot_type, active, wal_status FROM pg_replication_slots ORDER BY 1",
            "SELECT status, sender_host, sender_port, slot_name FROM pg_stat_wal_receiver WHERE pid IS NOT NULL",
            """
            SELECT name, setting, unit, vartype, context, source, sourcefile, sourceline, pending_restart
              FROM pg_settings WHERE name IN (\(list(names.sorted()))) OR pending_restart
            """,
            """
            SELECT rolname, rolsuper, rolreplication, rolcanlogin, rolpassword,
                   array_to_string(ARRAY(SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
                                         WHERE m.member = a.oid), ',') AS member_of
              FROM pg_authid a WHERE rolname IN (\(list(need.roles)))
            """,
            "SELECT datname FROM pg_database WHERE NOT datistemplate",
            "SELECT line_number, error FROM pg_hba_file_rules WHERE error IS NOT NULL",
        ]
    }

    /// Asked in the database that Barman connects to, since grants on functions belong to one database.
    package var grantsStatement: String? {
        guard let role = need.backupRole else { return nil }
        let role_ = Quoting.literal(role)
        return """
            SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_roles r ON r.rolname = \(role_)
             WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname IN (\(list(BackupGrants.functionNames)))
               AND has_function_privilege(r.oid, p.oid, 'EXECUTE')
            """
    }

    private func list(_ names: [String]) -> String {
        names.isEmpty ? "NULL" : names.map { Quoting.literal($0) }.joined(separator: ", ")
    }

    /// Asked only where a copy is going to be made.
    package static let sizeStatement = "SELECT sum(pg_database_size(oid))::bigint AS bytes FROM pg_database"

    static let parametersAlwaysAsked =
        [
            "listen_addresses", "primary_conninfo", "primary_slot_name", "config_file", "hba_file", "data_directory",
            "synchronous_standby_names", "wal_level", "max_replication_slots", "shared_preload_libraries",
        ] + StandbyAmounts.names.map(\.key)

    /// Whether its log is where it was, though a commit waits for the disk.
    package static func stillFlushing(_ flushing: ServerFacts.Flushing) -> String {
        """
        SELECT pg_current_wal_flush_lsn() = \(Quoting.literal(flushing.flushed.description))::pg_lsn AND
               pg_current_wal_insert_lsn() > pg_current_wal_flush_lsn()
        """
    }
}

extension ControlData {
    /// Reads what pg_controldata prints under LC_ALL=C.
    package init?(printed: String) {
        var values: [String: String] = [:]
        for line in printed.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon].trimmed] = line[line.index(after: colon)...].trimmed
        }
        guard let identifier = values["Database system identifier"], let state = values["Database cluster state"]
        else { return nil }
        systemIdentifier = identifier
        self.state = state
        timeline = values["Latest checkpoint's TimeLineID"].flatMap { Timeline($0) } ?? 0
        checkpoint = values["Latest checkpoint location"].flatMap { LSN($0) } ?? LSN(rawValue: 0)
    }
}
