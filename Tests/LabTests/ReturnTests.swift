import Foundation
import Testing

extension LabTests.Unplanned {
    /// Families D and F: the old primary returns, whatever has become of it, and whoever decides meanwhile.
    @Suite("Returns", .serialized, .convergedLab)
    struct Returns {
        @Test("It comes back in the very moment in which another is promoted: one primary, and it follows")
        func duringPromotion() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort", isDurable: true)
            let daemon = try await Daemon.start(lab, file)
            let writer = try await Writer.start(lab, through: "vm3")
            try await lab.lab("cut", "vm1")
            // Its receiver is stopped for the comparison; the promotion follows within milliseconds.
            try await lab.shell(
                "vm2", as: "postgres",
                """
                for i in $(seq 2000); do
                  [ -z "$(psql -XAtqc 'SHOW primary_conninfo')" ] && exit 0; sleep 0.01
                done; exit 1
                """)
            try await lab.lab("heal")
            try await lab.streamsAgain("vm1", within: .seconds(45))
            let report = try await writer.stop()
            #expect(report.lost.isEmpty, "\(report)")
            try await daemon.stop()
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("The log that a rewind needs is gone: told, the directory is kept, and `rejoin: clone` makes it anew")
        func logGone() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            try await lab.lab("cut", "vm1")
            let promoted = try await lab.reconcile(file: file)
            #expect(promoted.code == 4, "\(promoted.everything)")
            // It writes on, on its side, until nothing is left of the log from before the fork.
            try await lab.shell(
                "vm1", as: "postgres",
                """
                for i in $(seq 50); do
                  psql -Xqc 'SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active' \\
                    -c 'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots' >/dev/null 2>&1 && break
                  sleep 0.1
                done
                fork=$(psql -XAtqc 'SELECT pg_walfile_name(pg_current_wal_lsn())')
                for i in $(seq 40); do
                  psql -Xqc 'CREATE TABLE IF NOT EXISTS on_its_side (i int); INSERT INTO on_its_side VALUES (1)' \
                    -c 'SELECT pg_switch_wal()' -c 'CHECKPOINT' >/dev/null || exit 1
                  [ -e "/var/lib/postgresql/15/main/pg_wal/$fork" ] || exit 0
                done; exit 1
                """)
            try await lab.lab("heal")
            let refused = try await lab.reconcile(file: file)
            #expect(
                refused.code == 6 && refused.everything.contains("nothing was changed: with failover.rejoin clone"),
                "\(refused.everything)")
            #expect(try await lab.exec("vm1", ["test", "-e", "/var/lib/postgresql/15/main/PG_VERSION"]).code == 0)
            #expect(try await lab.exec("vm1", ["pgrep", "-x", "postgres"]).code == 1)
            let anew = try await lab.failover("fence: best_effort, rejoin: clone")
            try await lab.reconciled(anew)
            try await lab.expectReplaced(by: "vm2", file: anew)
        }

        @Test(
            "Lost before its first checkpoint as primary: the log back to the last one that both have is kept, and it is rewound"
        )
        func beforeItsFirstCheckpoint() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence_command: \"test {node} = vm1\"")
            // Enough to write out that the checkpoint after the promotion, which takes its time, is not done when it dies.
            try await lab.sql(
                "vm1",
                "CREATE TABLE dirty AS SELECT repeat('x', 900) FROM generate_series(1, 8000); SELECT pg_switch_wal()")
            try await eventually("the standbys have it") {
                let behind = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn()"
                return try await lab.sql("vm1", behind) == "0"
            }
            try await lab.lab("kill", "vm1")
            let first = try await lab.reconcile(file: file)
            #expect(first.code == 4, "\(first.everything)")
            try await lab.killPostmaster("vm2")
            let second = try await lab.reconcile(file: file)
            #expect(second.code == 4 && second.everything.contains("rejoin rewind"), "\(second.everything)")
            try await lab.expectStreams("vm2", from: "vm3")
            try await lab.lab("start", "vm1")
            try await eventually("vm1 is reached again") {
                try await lab.exec("controller", ["bash", "-c", "exec 3<>/dev/tcp/vm1/22"]).code == 0
            }
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm3", file: file)
        }

        @Test("Killed in the middle of its rewind, a directory is not started, and the same run makes it anew")
        func rewindKilled() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.wrapRewind(
                "vm1", "\(Lab.rewind).real \"$@\" & sleep 0.03; kill -KILL $!; pkill -KILL -x repmgr; exit 137")
            try await lab.killPostmaster("vm1")
            let run = try await lab.reconcile(file: file)
            try await lab.unwrapRewind("vm1")
            #expect(run.code == 0, "\(run.everything)")
            #expect(
                run.everything.contains("rejoin rewind") && run.everything.contains("vm1 clone"), "\(run.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("The next primary is lost while this one is coming back: nobody waits long for the one that is gone")
        func nextOneIsLost() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            let daemon = try await Daemon.start(lab, file)
            // From its start as a standby on it gets no new connection to vm2, and so no stream.
            try await lab.shell(
                "vm1",
                """
                (cd /var/lib/postgresql/15/main; for i in $(seq 3000); do
                   [ -e standby.signal ] && break; sleep 0.01
                 done
                 nft add table inet deaf; nft 'add chain inet deaf out { type filter hook output priority 0; }'
                 nft add rule inet deaf out ip daddr 10.95.0.102 tcp dport 5432 tcp flags syn drop
                ) >/tmp/deaf.log 2>&1 </dev/null &
                """)
            try await lab.killPostmaster("vm1")
            try await eventually("vm1 runs again") {
                try await lab.exec("vm1", as: "postgres", ["psql", "-XAtc", "SELECT pg_is_in_recovery()"]).trimmed
                    == "t"
            }
            try await lab.killPostmaster("vm2")
            try await lab.shell("vm1", "nft delete table inet deaf")
            try await eventually("whole again, under vm3", within: .seconds(20)) {
                let status = try await lab.status(file: file)
                return status.primary == "vm3" && status.converged
            }
            try await daemon.stop()
            try await lab.expectReplaced(by: "vm3", file: file)
        }

        @Test("The next primary dies while this one is rewound: under quorum commit the failover waits for its end")
        func rewindAtWork() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover(isDurable: true)
            try await lab.reconciled(file)
            let daemon = try await Daemon.start(lab, file)
            try await lab.wrapRewind("vm1", "touch /tmp/held; until [ -e /tmp/go ]; do sleep 0.05; done")
            try await lab.killPostmaster("vm1")
            try await eventually("vm1 is rewound", within: .seconds(20)) {
                try await lab.exec("vm1", ["test", "-e", "/tmp/held"]).code == 0
            }
            try await lab.killPostmaster("vm2")
            let words = "the copy that is at work on vm1 ends first"
            try await eventually("the daemon holds the failover", within: .seconds(60)) {
                try await lab.shell("controller", "cat /tmp/daemon.log").contains(words)
            }
            let plan = try await lab.pgregent("plan", file: file)
            #expect(plan.everything.contains(words), "\(plan.everything)")
            #expect(try await lab.sql("vm3", "SELECT pg_is_in_recovery()") == "t")
            try await lab.shell("vm1", "touch /tmp/go")
            try await eventually("whole again, under vm3", within: .seconds(60)) {
                let status = try await lab.status(file: file)
                return status.primary == "vm3" && status.converged
            }
            try await lab.unwrapRewind("vm1")
            try await daemon.stop()
            try await lab.expectReplaced(by: "vm3", file: file)
        }

        @Test("A pgregent on each side of the cut: one primary for clients, nothing lost, and both agree afterwards")
        func bothSides() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover(isDurable: true)
            try await lab.reconciled(file)
            // The operator has an account on vm1 as well, as on the controller.
            let home = try await lab.shell(
                "controller", "tar -C / -cf - home/operator usr/local/bin/pgregent | base64")
            let copied = try await lab.exec(
                "vm1",
                [
                    "sh", "-c",
                    "base64 -d | tar -C / -xf - && rm -rf /home/operator/.local && useradd -u $(stat -c %u /home/operator) -g users -d /home/operator -M operator",
                ], input: home)
            #expect(copied.code == 0, "\(copied.everything)")
            let daemon = try await Daemon.start(lab, file)
            try await lab.shell(
                "vm1", as: "operator",
                "setsid pgregent reconcile -f '\(file)' >/tmp/second.log 2>&1 </dev/null & echo $! >/tmp/second.pid")
            try await eventually("the second one has looked") {
                try await lab.shell("vm1", "cat /tmp/second.log").contains("converged")
            }
            let writer = try await Writer.start(lab, through: "vm3")
            try await lab.lab("cut", "vm1")
            let successor = try await lab.successor(within: .seconds(20))
            try await Task.sleep(for: .seconds(3))
            try await lab.lab("heal")
            try await lab.streamsAgain("vm1", within: .seconds(45))
            let report = try await writer.stop()
            #expect(report.lost.isEmpty && report.longestGap < 12, "\(report)")
            #expect(try await lab.writable() == [successor])
            try await eventually("the second one agrees", within: .seconds(40)) {
                let told = try await lab.shell("vm1", "tail -n 3 /tmp/second.log")
                let status = try await lab.status(file: file)
                return told.contains("converged") && status.converged
            }
            try await lab.shell("vm1", "kill -TERM -- -$(cat /tmp/second.pid)")
            try await daemon.stop()
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: successor, file: file)
        }
    }
}

extension Lab {
    fileprivate static let rewind = "/usr/lib/postgresql/15/bin/pg_rewind"

    /// - Parameter before: shell text that runs before each rewind, and not before its trial.
    fileprivate func wrapRewind(_ node: String, _ before: String) async throws {
        try await shell(
            node,
            """
            mv \(Self.rewind) \(Self.rewind).real
            cat >\(Self.rewind) <<'EOF'
            #!/bin/sh
            case $* in *--dry-run*) ;; *--source-server*) \(before);; esac
            exec \(Self.rewind).real "$@"
            EOF
            chmod 755 \(Self.rewind)
            """)
    }

    fileprivate func unwrapRewind(_ node: String) async throws {
        try await shell(node, "mv \(Self.rewind).real \(Self.rewind)")
    }
}
