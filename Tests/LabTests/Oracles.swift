import Testing

/// What must hold after every event. Each oracle says what it saw.
extension Lab {
    /// All oracles that need no load.
    func expectConverged(
        file: String? = nil, nodes: [String] = ["vm1", "vm2", "vm3"], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await expectNothingToDo(file: file, nodes: nodes, sourceLocation: sourceLocation)
        try await expectStatusOfHealth(file: file, sourceLocation: sourceLocation)
        try await expectBackupIsHealthy(sourceLocation: sourceLocation)
        try await expectNoIdleSlot(nodes, sourceLocation: sourceLocation)
    }

    /// O3: `plan` says so, and a second run changes no file, no process and no slot.
    func expectNothingToDo(
        file: String? = nil, nodes: [String] = ["vm1", "vm2", "vm3"], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let plan = try await pgregent("plan", "--detailed-exitcode", file: file)
        #expect(
            plan.output.contains("No changes. The cluster matches cluster.yaml."), "\(plan.everything)",
            sourceLocation: sourceLocation)
        #expect(plan.code == 0, sourceLocation: sourceLocation)
        let before = try await footprint(nodes)
        let again = try await reconcile(file: file)
        #expect(again.code == 0, "\(again.everything)", sourceLocation: sourceLocation)
        let after = try await footprint(nodes)
        #expect(Self.differences(before, after) == [], sourceLocation: sourceLocation)
    }

    /// O4 and O5, from the product's status and from the servers themselves.
    func expectStatusOfHealth(file: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let status = try await status(file: file)
        #expect(status.converged, sourceLocation: sourceLocation)
        for condition in status.conditions {
            #expect(
                condition.status == "true", "\(condition.type): \(condition.message)", sourceLocation: sourceLocation)
        }
        for pool in status.pgbouncer {
            #expect(pool.paused == false && pool.correct == true, "\(pool)", sourceLocation: sourceLocation)
        }
        for node in status.nodes where node.role == "standby" {
            let upstream = try #require(node.upstream, "\(node)", sourceLocation: sourceLocation)
            #expect(node.timeline == status.timeline, "\(node)", sourceLocation: sourceLocation)
            try await expectStreams(node.name, from: upstream, sourceLocation: sourceLocation)
        }
    }

    /// No slot keeps write-ahead log for nobody.
    func expectNoIdleSlot(_ nodes: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for node in nodes {
            let idle = try await sql(
                node, "SELECT string_agg(slot_name, ', ') FROM pg_replication_slots WHERE NOT active")
            #expect(idle.isEmpty, "\(node) keeps log for \(idle)", sourceLocation: sourceLocation)
        }
    }

    /// O5, asked of the server: its receiver is connected to this host and streams.
    func expectStreams(_ node: String, from upstream: String, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        let receiver = try await sql(node, "SELECT status || ' from ' || sender_host FROM pg_stat_wal_receiver")
        #expect(receiver == "streaming from \(upstream)", "\(node)", sourceLocation: sourceLocation)
    }

    /// O6, without a recovery: Barman's own check.
    func expectBackupIsHealthy(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let check = try await exec("backup", as: "barman", ["barman", "check", name])
        #expect(
            check.code == 0 && !check.output.contains("FAILED"), "\(check.everything)", sourceLocation: sourceLocation)
    }

    /// O7 and O8: what the plan said is what the journal says was done in the first pass, and all of it went well.
    func expectDone(
        _ plan: PlanReport, since: Int, file: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let entries = try await journal(file: file).dropFirst(since)
        let first = entries.filter { $0.isFirstPass && $0.outcome == "done" }.map(\.step)
        #expect(first.sorted() == plan.runnable.sorted(), sourceLocation: sourceLocation)
        for entry in entries where entry.outcome != "started" {
            #expect(entry.outcome == "done", "\(entry)", sourceLocation: sourceLocation)
        }
    }

    // MARK: footprints

    /// Every file that pgregent may write with its time, every server process with its start, every slot.
    func footprint(_ nodes: [String]) async throws -> [String: Set<String>] {
        var all: [String: Set<String>] = [:]
        for node in nodes {
            all[node] = Set(try await shell(node, Self.nodeFootprint).split(separator: "\n").map(String.init))
        }
        all["backup"] = Set(try await shell("backup", Self.backupFootprint).split(separator: "\n").map(String.init))
        return all
    }

    static func differences(_ before: [String: Set<String>], _ after: [String: Set<String>]) -> [String] {
        before.keys.sorted().flatMap { host in
            (before[host] ?? []).symmetricDifference(after[host] ?? []).sorted().map { "\(host): \($0)" }
        }
    }

    private static let files = "-type f -printf 'file %p %T@ %i %s %u:%g %m\\n'"

    /// Of a process only the oldest of its name counts: backends come and go.
    private static let nodeFootprint = """
        find /etc/postgresql /etc/pgbouncer /etc/repmgr.conf /var/lib/postgresql -maxdepth 4 \
          ! -path '*/pg_*' ! -path '*/base*' ! -path '*/global*' ! -name postmaster.pid ! -name .psql_history \
          \(files) 2>/dev/null
        for program in postgres pgbouncer; do
          pid=$(pgrep -o -x $program) && echo "process $program $pid $(cut -d' ' -f22 /proc/$pid/stat)"
        done
        if [ -S /run/postgresql/.s.PGSQL.5432 ]; then
          runuser -u postgres -- psql -XAtc "SELECT 'slot ' || slot_name || ' ' || active FROM pg_replication_slots"
        fi
        true
        """
    private static let backupFootprint = """
        find /etc/barman.d /etc/barman.conf /var/lib/barman -maxdepth 2 ! -path '*/wals*' ! -path '*/streaming*' \
          ! -name '.*.lock' ! -path '*/.ssh/known_hosts*' \(files) 2>/dev/null
        true
        """
}
