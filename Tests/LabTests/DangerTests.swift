import Testing

extension LabTests.Unplanned {
    /// Family K: what pgregent must not decide, and what it says then.
    @Suite("Dangers", .serialized)
    struct Dangers {
        @Test(
            "A stopped, a killed, a silent primary and two of them are told with evidence, and nothing is changed"
        )
        func primaries() async throws {
            try await Lab.with(.bare) { lab in
                #expect(try await lab.reconcile().code == 0)
                try await lab.lab("stop-service", "vm1", "postgresql")
                try await lab.expectHeld("PRIMARY_STOPPED", "vm1", saying: ["no postmaster runs", "shut down"])
                try await lab.shell("vm1", as: "postgres", "pg_ctlcluster 15 main start")
                let whole = try await lab.reconcile()
                #expect(whole.code == 0, "\(whole.everything)")
                try await lab.expectConverged()

                try await lab.shell("vm1", "pkill -KILL -x postgres; while pgrep -x postgres; do sleep 0.02; done")
                try await lab.expectHeld("PRIMARY_DEAD", "vm1", saying: ["no postmaster runs", "in production"])
                try await lab.shell("vm1", as: "postgres", "pg_ctlcluster 15 main start")
                #expect(try await lab.reconcile().code == 0)
                try await lab.expectConverged()

                try await lab.lab("cut", "vm1")
                try await lab.expectHeld(
                    "PRIMARY_UNREACHABLE", "vm1", code: 4, nodes: ["vm2", "vm3"], saying: ["vm2 "])
                try await lab.lab("heal")
                let healed = try await lab.reconcile()
                #expect(healed.code == 0, "\(healed.everything)")

                try await lab.shell("vm2", as: "postgres", "pg_ctlcluster 15 main promote")
                try await eventually("vm2 takes writes") {
                    try await lab.sql("vm2", "SELECT pg_is_in_recovery()") == "f"
                }
                try await eventually("vm1 has noticed that vm2 is gone") {
                    try await lab.sql(
                        "vm1", "SELECT active FROM pg_replication_slots WHERE slot_name = 'repmgr_slot_2'")
                        == "f"
                }
                try await lab.expectHeld(
                    "TWO_PRIMARIES", lab.name, saying: ["vm1 is not in recovery", "vm2 is not in recovery"])
            }
        }
    }

    /// Family K: pgregent is not let in.
    @Suite("Access", .serialized)
    struct Access {
        @Test(
            "A wrong key, an unknown account and a closed port end within 20 seconds with 4 and a finding for each host"
        )
        func notLetIn() async throws {
            try await Lab.with(.bare) { lab in
                try await lab.shell("controller", as: "operator", "ssh-keygen -q -t ed25519 -N '' -f ~/.ssh/other")
                let variants: [(String, String)] = [
                    ("  user: postgres\n", "  user: postgres\n  identity_file: ~/.ssh/other\n"),
                    ("  user: postgres\n", "  user: nobody\n"),
                    ("  user: postgres\n", "  user: postgres\n  port: 2222\n"),
                ]
                for (old, new) in variants {
                    let file = try await lab.declare { try $0.replace(old, new) }
                    let begin = ContinuousClock.now
                    let run = try await lab.reconcile(file: file, seconds: 60)
                    #expect(ContinuousClock.now - begin < .seconds(20), "\(new)")
                    #expect(run.code == 4, "\(new): \(run.everything)")
                    let plan = try await lab.plan(file: file)
                    for node in ["vm1", "vm2", "vm3"] {
                        let found = plan.findings.contains { $0.subject == node && !$0.evidence.joined().isEmpty }
                        #expect(found, "\(new): \(plan.findings)")
                    }
                    #expect(!plan.applyable || plan.runnable.allSatisfy { $0.hasSuffix(".backup") }, "\(plan.runnable)")
                }
            }
        }

        @Test(
            "Without sudo, what cannot be written is said before anything is made, and the remedy works"
        )
        func noSudo() async throws {
            try await Lab.with(.bare, ["--no-sudo"]) { lab in
                let refused = try await lab.reconcile(seconds: 60)
                #expect(refused.code == 3, "\(refused.everything)")
                #expect(refused.output.contains("NOT_WRITABLE") && refused.output.contains("/etc/repmgr.conf"))
                #expect(
                    try await lab.shell("vm1", "ls -A /var/lib/postgresql").split(separator: "\n").contains("15")
                        == false)
                let asked = try await lab.declare { try $0.replace("sudo: false", "sudo: true") }
                let sudo = try await lab.pgregent("plan", file: asked, seconds: 60)
                #expect(sudo.code == 3)
                #expect(sudo.output.contains("sudo"))
                for node in ["vm1", "vm2", "vm3"] {
                    let files = "/etc/repmgr.conf /etc/pgbouncer/pgbouncer.ini /etc/pgbouncer/userlist.txt"
                    try await lab.shell(node, "touch \(files); chown postgres /etc/pgbouncer \(files)")
                }
                try await lab.shell("backup", "chown barman /etc/barman.d")
                let built = try await lab.reconcile()
                #expect(built.code == 0, "\(built.everything)")
                try await lab.expectConverged()
            }
        }
    }
}

extension Lab {
    /// `plan` names it with evidence, `reconcile` holds, and no file, process or slot is another one afterwards.
    func expectHeld(
        _ code: String, _ subject: String, code exit: Int32 = 3, nodes: [String] = ["vm1", "vm2", "vm3"],
        saying: [String],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let before = try await footprint(nodes)
        let plan = try await plan()
        let finding = try #require(plan.finding(code, subject), "\(plan.findings)", sourceLocation: sourceLocation)
        for words in saying {
            #expect(
                finding.evidence.joined(separator: "\n").contains(words), "\(finding)", sourceLocation: sourceLocation)
        }
        #expect(plan.steps.contains { $0.heldBy != nil }, sourceLocation: sourceLocation)
        let run = try await reconcile(seconds: 90)
        #expect(run.code == exit, "\(run.everything)", sourceLocation: sourceLocation)
        let changed = Self.differences(before, try await footprint(nodes))
        #expect(changed.isEmpty, "\(changed)", sourceLocation: sourceLocation)
    }
}
