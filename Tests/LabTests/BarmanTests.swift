import Testing

extension LabTests.Planned.Converged {
    /// Family I: Barman follows the primary, and the rest of its account's files is not ours.
    @Suite("Barman", .serialized)
    struct Barman {
        @Test("A wrong alias is repaired, and all else in .ssh/config and .pg_service.conf stays byte for byte")
        func alias() async throws {
            let lab = try Lab.current()
            try await lab.shell(
                "backup", as: "barman",
                """
                cp -p ~/.pg_service.conf ~/.ssh/config /var/tmp/
                printf '# mine\\n[other]\\nhost = elsewhere\\n\\n' | cat - /var/tmp/.pg_service.conf >~/.pg_service.conf
                printf '\\nHost *\\n\\tServerAliveInterval   7 \\n# the end' >>~/.ssh/config
                """)
            #expect(try await lab.plan().ids.isEmpty)
            let service = try await lab.shell("backup", as: "barman", "base64 -w0 ~/.pg_service.conf")
            let ssh = try await lab.shell("backup", as: "barman", "base64 -w0 ~/.ssh/config")
            try await lab.shell(
                "backup", as: "barman",
                "sed -i '/^.vmp/,$s/^host=.*/host=vm3/' ~/.pg_service.conf; sed -i '/^Host vmp/,/^Host /s/HostName vm1/HostName vm3/' ~/.ssh/config"
            )
            let plan = try await lab.plan()
            #expect(plan.ids.contains("barman.alias.backup"))
            #expect(try await lab.reconcile().code == 0)
            #expect(try await lab.shell("backup", as: "barman", "base64 -w0 ~/.pg_service.conf") == service)
            #expect(try await lab.shell("backup", as: "barman", "base64 -w0 ~/.ssh/config") == ssh)
            try await lab.shell(
                "backup", as: "barman", "cp -p /var/tmp/.pg_service.conf ~/; cp -p /var/tmp/config ~/.ssh/")
            try await lab.expectConverged()
        }

        @Test("While Barman's host is down the rest converges with exit code 4, and Barman is repaired later")
        func hostDown() async throws {
            let lab = try Lab.current()
            try await lab.shell("backup", as: "barman", "sed -i 's/^host=.*/host=vm3/' ~/.pg_service.conf")
            try await lab.lab("kill", "backup")
            try await lab.shell("vm1", "sed -i 's/^tcp_keepidle.*/tcp_keepidle = 9/' /etc/pgbouncer/pgbouncer.ini")
            let without = try await lab.reconcile(seconds: 90)
            try await lab.lab("start", "backup")
            #expect(without.code == 4, "\(without.everything)")
            #expect(without.output.contains("HOST_UNREACHABLE"))
            #expect(try await lab.shell("vm1", "grep ^tcp_keepidle /etc/pgbouncer/pgbouncer.ini") == "tcp_keepidle = 3")
            let repaired = try await lab.reconcile()
            #expect(repaired.code == 0, "\(repaired.everything)")
            // The primary has not noticed yet that the old receiver is gone (wal_sender_timeout), and is believed.
            let ghost =
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_replication WHERE usename = 'streaming_barman'"
            if try await lab.exec("backup", as: "barman", ["pgrep", "-x", "pg_receivewal"]).code != 0 {
                let plan = try await lab.plan()
                #expect(plan.ids.contains("barman.receive.backup"))
                try await lab.sql("vm1", ghost)
            }
            #expect(try await lab.reconcile().code == 0)
            try await lab.expectConverged()
        }

        @Test("A changed host key of Barman's host is refused, and nobody logs in there")
        func changedHostKey() async throws {
            let lab = try Lab.current()
            let known = "/home/operator/.ssh/known_hosts"
            let other = "$(grep '^vm1,' \(known) | cut -d' ' -f3)"
            try await lab.shell(
                "controller",
                "cp -p \(known) \(known).kept; key=\(other); sed -i \"s|^\\(backup,[^ ]* [^ ]*\\) .*|\\1 $key|\" \(known)"
            )
            // A connection that is open was verified when it was opened, and is used again.
            try await lab.lab("stop-service", "backup", "sshd-sessions")
            let refused = try await lab.pgregent("plan", seconds: 30)
            let plan = try await lab.plan()
            try await lab.shell("controller", "mv \(known).kept \(known)")
            #expect(refused.code == 4, "\(refused.everything)")
            #expect(plan.finding("HOST_KEY_REFUSED", "backup") != nil)
            try await lab.expectNothingToDo()
        }

        @Test("A dropped slot and a stopped receiver are made good within a minute")
        func lostStream() async throws {
            let lab = try Lab.current()
            try await lab.shell("backup", "mv /etc/cron.d/barman /var/tmp/barman.cron")
            try await lab.lab("stop-service", "backup", "barman")
            try await eventually("the slot is free") {
                try await lab.sql(
                    "vm1", "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'barman' AND active") == "0"
            }
            try await lab.sql("vm1", "SELECT pg_drop_replication_slot('barman')")
            let begin = ContinuousClock.now
            let repaired = try await lab.reconcile()
            #expect(repaired.code == 0, "\(repaired.everything)")
            #expect(ContinuousClock.now - begin < .seconds(60))
            try await lab.shell("backup", "mv /var/tmp/barman.cron /etc/cron.d/barman")
            try await lab.expectConverged()
        }
    }
}
