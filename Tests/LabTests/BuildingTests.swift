import Testing

extension LabTests.Planned {
    /// Family B: from what there is to what the file declares.
    @Suite("Building", .serialized)
    struct Building {
        @Test("Bare hosts become a converged cluster within a minute, doing exactly what plan had printed")
        func bareHosts() async throws {
            try await Lab.with(.bare) { lab in
                let plan = try await lab.plan()
                #expect(plan.complete && plan.applyable)
                let begin = ContinuousClock.now
                let built = try await lab.reconcile()
                #expect(built.code == 0, "\(built.everything)")
                #expect(ContinuousClock.now - begin < .seconds(60))
                try await lab.expectDone(plan, since: 0)
                try await lab.expectConverged()
            }
        }

        @Test("One running primary, as Debian makes it, gets its standbys without a new system identifier")
        func onePrimary() async throws {
            try await Lab.with(.primaryOnly) { lab in
                let identifier = try await lab.sql("vm1", "SELECT system_identifier FROM pg_control_system()")
                try await lab.sql("vm1", "CREATE TABLE mine AS SELECT 42 AS answer")
                let built = try await lab.reconcile()
                #expect(built.code == 0, "\(built.everything)")
                for node in ["vm1", "vm2", "vm3"] {
                    #expect(try await lab.sql(node, "SELECT system_identifier FROM pg_control_system()") == identifier)
                }
                try await eventually("the table is everywhere") {
                    try await lab.sql("vm3", "SELECT answer FROM mine") == "42"
                }
                try await lab.expectConverged()
            }
        }

        @Test(
            "A primary that listens on localhost only, Debian's default, is named with the remedy, and then built on"
        )
        func defaultListenAddresses() async throws {
            try await Lab.with(.primaryOnly) { lab in
                try await lab.shell(
                    "vm1", as: "postgres",
                    "rm /etc/postgresql/15/main/conf.d/listen.conf; pg_ctlcluster 15 main restart")
                let first = try await lab.reconcile()
                #expect(first.code != 0, "standbys cannot reach it")
                #expect(first.everything.contains("listen_addresses"), "\(first.everything)")
                let file = try await lab.declare { try $0.add(parameters: "listen_addresses: \"*\"") }
                let built = try await lab.reconcile(file: file)
                #expect(built.code == 0, "\(built.everything)")
                try await lab.expectConverged(file: file)
            }
        }

        @Test(
            "Other files and another cluster's data are refused by name and left untouched, and the rest is built"
        )
        func foreignData() async throws {
            try await Lab.with(.primaryOnly, ["--nodes", "4"]) { lab in
                try await lab.shell(
                    "vm2", as: "postgres", "pg_createcluster 15 main; echo mine >/var/lib/postgresql/15/main/mine")
                try await lab.shell(
                    "vm3", as: "postgres", "mkdir -p -m 700 ~/15/main; echo precious >~/15/main/precious")
                let touched =
                    "find /var/lib/postgresql/15 /etc/postgresql -type f -printf '%p %T@ %s\\n' 2>/dev/null | sort"
                let before = [try await lab.shell("vm2", touched), try await lab.shell("vm3", touched)]
                let foreign = try await lab.shell(
                    "vm2", as: "postgres",
                    "/usr/lib/postgresql/15/bin/pg_controldata ~/15/main | sed -n 's/.*system identifier: *//p'")
                // repmgr's registry is not there yet: only the file can say which of the two is the cluster.
                let unsure = try await lab.reconcile()
                #expect(unsure.code == 3, "\(unsure.everything)")
                #expect(unsure.output.contains("FOREIGN_SYSTEM_IDENTIFIER"), "\(unsure.everything)")
                let own = try await lab.sql("vm1", "SELECT system_identifier FROM pg_control_system()")
                let file = try await lab.declare { $0.text += "system_identifier: \"\(own)\"\n" }
                let built = try await lab.reconcile(file: file)
                #expect(built.code == 3, "\(built.everything)")
                let plan = try await lab.plan(file: file)
                #expect(
                    plan.finding("FOREIGN_SYSTEM_IDENTIFIER", "vm2")?.evidence.joined().contains(foreign) == true,
                    "\(plan.findings)")
                #expect(plan.finding("DATA_DIRECTORY_NOT_EMPTY", "vm3") != nil, "\(plan.findings)")
                #expect([try await lab.shell("vm2", touched), try await lab.shell("vm3", touched)] == before)
                try await lab.expectStreams("vm4", from: "vm1")
                try await lab.shell("vm2", as: "postgres", "pg_dropcluster 15 main")
                try await lab.shell("vm3", as: "postgres", "rm -r ~/15/main")
                let finished = try await lab.reconcile(file: file)
                #expect(finished.code == 0, "\(finished.everything)")
                try await lab.expectConverged(file: file, nodes: ["vm1", "vm2", "vm3", "vm4"])
            }
        }

        @Test("A pinned system identifier that no node has is refused, and nothing is created")
        func pinnedIdentifier() async throws {
            try await Lab.with(.primaryOnly) { lab in
                let file = try await lab.declare { $0.text += "system_identifier: \"4711\"\n" }
                let before = try await lab.everyFile().filter { $0.key != "vm1" }
                let refused = try await lab.reconcile(file: file)
                #expect(refused.code == 3, "\(refused.everything)")
                #expect(
                    refused.everything.contains("4711") || refused.everything.contains("FOREIGN"),
                    "\(refused.everything)")
                let after = try await lab.everyFile().filter { $0.key != "vm1" }
                let data = Lab.differences(before, after).filter { $0.contains("/15/main") }
                #expect(data.isEmpty)
            }
        }

        @Test(
            "A cluster built by hand is adopted without a restart, and no hand's line is lost"
        )
        func adoption() async throws {
            try await Lab.with(.byHand) { lab in
                let poolers = "pgrep -o -x pgbouncer; cut -d' ' -f22 /proc/$(pgrep -o -x pgbouncer)/stat"
                let servers = try await lab.postmasters()
                let before = try await lab.shell("vm2", poolers)
                let plan = try await lab.plan()
                #expect(
                    plan.steps.allSatisfy { !["restart", "clone", "create", "stop"].contains($0.action) }, "\(plan.ids)"
                )
                let adopted = try await lab.reconcile()
                #expect(adopted.code == 0, "\(adopted.everything)")
                #expect(try await lab.postmasters() == servers)
                #expect(try await lab.shell("vm2", poolers) == before)
                let conf = try await lab.shell("vm2", "cat /etc/repmgr.conf")
                #expect(conf.contains("promote_command='repmgr standby promote -f /etc/repmgr.conf'"))
                try await lab.expectConverged()
            }
        }

        @Test(
            "A cascading standby and a witness are built, and a node added to the file later joins the running cluster")
        func shapes() async throws {
            try await Lab.with(.bare, ["--nodes", "4"]) { lab in
                let last = "  - {name: vm4, id: 4, host: vm4, priority: 70}"
                let first = try await lab.declare { file in
                    try file.replace("host: vm3, priority: 80}", "host: vm3, priority: 0, upstream: vm2}")
                    try file.replace(last + "\n", "")
                    try file.replace(", vm4]", "]")
                }
                let built = try await lab.reconcile(file: first)
                #expect(built.code == 0, "\(built.everything)")
                try await lab.expectStreams("vm3", from: "vm2")
                let servers = try await lab.postmasters()
                let second = try await lab.declare("second") { file in
                    try file.replace("host: vm3, priority: 80}", "host: vm3, priority: 0, upstream: vm2}")
                    try file.replace(last, "  - {name: vm4, id: 4, host: vm4, kind: witness}")
                    try file.replace(", vm4]", "]")
                }
                let joined = try await lab.reconcile(file: second)
                #expect(joined.code == 0, "\(joined.everything)")
                #expect(try await lab.postmasters() == servers)
                #expect(try await lab.status(file: second).node("vm4")?.role == "witness")
                let types = "SELECT string_agg(node_name || ' ' || type, ', ' ORDER BY node_id) FROM repmgr.nodes"
                let registry = try await lab.sql("vm1", types, database: "repmgr")
                #expect(registry == "vm1 primary, vm2 standby, vm3 standby, vm4 witness")
                try await lab.expectConverged(file: second, nodes: ["vm1", "vm2", "vm3", "vm4"])
            }
        }
    }
}
