import Foundation
import Testing

extension LabTests.Unplanned {
    /// Families C, D, F and K: each way of losing a primary, or of seeming to, is a test of its own. Each leaves vm1 as the
    /// primary.
    @Suite("Losses", .serialized, .convergedLab)
    struct Losses {
        @Test("An administrator stops it and does not start it again: replaced after the time that the file gives")
        func stopped() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.underLoad(through: ["vm3"], errors: 0...50, primaries: ["vm1", "vm2"]) {
                try await lab.lab("stop-service", "vm1", "postgresql")
                let run = try await lab.reconcile(file: file)
                #expect(run.code == 0, "\(run.everything)")
            }
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("Its host loses power: fenced by command, replaced, and taken in again when the power is back")
        func poweredOff() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence_command: \"test {node} = vm1\"")
            try await lab.tableForWriters()
            try await lab.lab("kill", "vm1")
            let run = try await lab.reconcile(file: file)
            #expect(run.code == 4, "\(run.everything)")
            #expect(try await lab.status(file: file).primary == "vm2")
            try await lab.lab("start", "vm1")
            // The controller's kernel remembers for a moment that nobody has this address.
            try await eventually("vm1 is reached again") {
                try await lab.exec("controller", ["bash", "-c", "exec 3<>/dev/tcp/vm1/22"]).code == 0
            }
            let back = try await lab.reconcile(file: file)
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("Its disk is full: it is replaced, though there is no room for a mark, and comes back when there is room")
        func diskFull() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.tableForWriters()
            try await lab.shell("vm1", "cat /dev/zero >/var/lib/postgresql/full 2>/dev/null || true")
            // Log that needs a new segment, for which there is no room.
            let filling =
                "SELECT count(pg_logical_emit_message(true, 'fill', repeat('x', 4000000))) FROM generate_series(1, 4)"
            try await eventually("vm1 gives up", within: .seconds(60)) {
                _ = try? await lab.sql("vm1", filling)
                return try await lab.exec("vm1", ["pgrep", "-x", "postgres"]).code == 1
            }
            let run = try await lab.reconcile(file: file)
            #expect(run.code == 6 || run.code == 0, "\(run.everything)")
            #expect(try await lab.status(file: file).primary == "vm2")
            try await lab.shell("vm1", "rm /var/lib/postgresql/full")
            let back = try await lab.reconcile(file: file)
            #expect(back.code == 0, "\(back.everything)")
            try await lab.expectReplaced(by: "vm2", file: file)
            #expect(try await lab.shell("vm1", "cat /etc/postgresql/15/main/start.conf").contains("auto"))
        }

        @Test(
            "It dies at the very end of a segment: Barman receives from the new primary, which has left the timeline there"
        )
        func endOfSegment() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.sql("vm1", "SELECT pg_switch_wal()")
            try await eventually("the standbys have it") {
                let behind = "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn < pg_current_wal_lsn()"
                return try await lab.sql("vm1", behind) == "0"
            }
            try await lab.killPostmaster("vm1")
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("Its storage hangs: told, held for a person, and `failover` replaces it though its processes cannot end")
        func storageHangs() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.tableForWriters()
            try await lab.separateLog(on: "vm1")
            try await lab.reconciled(file)
            try await lab.shell("vm1", "fsfreeze -f /mnt/log")
            try await lab.shell(
                "vm1",
                "setsid runuser -u postgres -- timeout 90 psql -Xc 'CREATE TABLE hangs (i int)' >/dev/null 2>&1 </dev/null &"
            )
            try await eventually("plan says so", within: .seconds(30)) {
                try await lab.plan(file: file).finding("PRIMARY_HANGING", "vm1") != nil
            }
            let held = try await lab.reconcile(file: file)
            #expect(held.code == 3 && held.everything.contains("cannot write"), "\(held.everything)")
            let decided = try await lab.pgregent("failover", "--yes", file: file)
            #expect(decided.everything.contains("promote"), "\(decided.everything)")
            #expect(try await lab.sql("vm2", "SELECT pg_is_in_recovery()") == "f")
            try await lab.shell("vm1", "fsfreeze -u /mnt/log")
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("It has no connection left: it lives, is told, and is not replaced")
        func connectionsExhausted() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            // More clients than there is room for, and one that is refused tries again: whatever session ends, its place is
            // taken, so that none is left for pgregent.
            try await lab.shell(
                "vm1", as: "postgres",
                """
                touch /tmp/flood; n=$(psql -XAtc 'SHOW max_connections')
                client() { while [ -e /tmp/flood ]; do psql -Xc 'SELECT pg_sleep(600)'; sleep 1; done; }
                for i in $(seq $((n+3))); do client >/dev/null 2>&1 </dev/null & done
                for i in $(seq 1200); do psql -Xc 'SELECT 1' >/dev/null 2>&1 || exit 0; sleep 0.05; done; exit 1
                """)
            let run = try await lab.reconcile(file: file)
            #expect(run.everything.contains("PRIMARY_REFUSING"), "\(run.everything)")
            #expect(run.code == 4 || run.code == 3, "\(run.everything)")
            try await lab.shell("vm1", "rm /tmp/flood; pkill -x psql; pkill -f '^postgres: .* SELECT$' || true")
            try await eventually("vm1 answers") { try await lab.writable() == ["vm1"] }
            try await lab.reconciled(file)
            try await lab.expectConverged(file: file)
        }

        @Test("Deaf on SSH, or deaf on SQL, for pgregent: it lives, clients write on, nobody is promoted")
        func deaf() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            for port in [22, 5432] {
                try await lab.underLoad(through: ["vm3"], primaries: ["vm1"]) {
                    try await lab.shell(
                        "vm1",
                        """
                        nft add table inet deaf; nft 'add chain inet deaf in { type filter hook input priority 0; }'
                        nft add rule inet deaf in ip saddr 10.95.0.2 tcp dport \(port) drop
                        """)
                    let run = try await lab.reconcile(file: file)
                    #expect([0, 4].contains(run.code), "port \(port): \(run.everything)")
                    try await lab.shell("vm1", "nft delete table inet deaf")
                }
            }
            try await lab.reconciled(file)
            try await lab.expectConverged(file: file)
        }

        @Test("Its name does not resolve any more: unknown, and never dead")
        func nameGone() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            try await lab.shell(
                "controller", "pkill -u operator -x ssh; cp /etc/hosts /tmp/hosts; sed '/vm1/d' /tmp/hosts >/etc/hosts")
            let run = try await lab.reconcile(file: file)
            #expect(run.code == 4 && run.everything.contains("does not resolve"), "\(run.everything)")
            try await lab.shell("controller", "cat /tmp/hosts >/etc/hosts")
            #expect(try await lab.writable() == ["vm1"])
            try await lab.expectConverged(file: file)
        }

        @Test("A flap shorter than the window changes nothing, and neither does a primary that only its standbys lose")
        func shortAndPartial() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            let daemon = try await Daemon.start(lab, file)
            try await lab.underLoad(through: ["vm1"], primaries: ["vm1"]) {
                try await lab.lab("cut", "vm1")
                try await Task.sleep(for: .seconds(1))
                try await lab.lab("heal")
                try await lab.lab("cut", "vm1", "--from", "vm2", "--from", "vm3")
                try await Task.sleep(for: .seconds(6))
                try await lab.lab("heal")
            }
            try await daemon.stop()
            try await lab.reconciled(file)
            #expect(try await lab.status(file: file).primary == "vm1")
            try await lab.expectConverged(file: file)
        }

        @Test("Nothing that it sends arrives: replaced, and when it is heard again it is fenced and follows")
        func mute() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort")
            let daemon = try await Daemon.start(lab, file)
            try await lab.lab("cut", "vm1", "--one-way")
            #expect(try await lab.successor(within: .seconds(20)) == "vm2")
            try await lab.lab("heal")
            try await lab.streamsAgain("vm1", within: .seconds(30))
            try await daemon.stop()
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test("A guard stops the primary that is cut off before another is promoted, and starts nothing by itself")
        func guarded() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover("fence: best_effort, guard: true")
            try await lab.reconciled(file)
            let daemon = try await Daemon.start(lab, file)
            let roles = try await RoleSampler.start(lab)
            try await lab.lab("cut", "vm1")
            #expect(try await lab.successor(within: .seconds(20)) == "vm2")
            #expect(try await lab.exec("vm1", ["test", "-e", "/var/lib/postgresql/15/main/postmaster.pid"]).code == 1)
            try await lab.lab("heal")
            try await lab.streamsAgain("vm1", within: .seconds(30))
            #expect(try await roles.stop() == ["vm1", "vm2"])
            // With everybody cut off from it nobody is there to be promoted: it is started again when they are back.
            try await daemon.stop()
            try await lab.lab("cut", "vm2")
            try await eventually("the guard of vm2 stops it", within: .seconds(15)) {
                try await lab.exec("vm2", ["pgrep", "-x", "postgres"]).code == 1
            }
            try await lab.lab("heal")
            let again = try await lab.reconcile(file: file)
            #expect(again.code == 0 && again.everything.contains("start-again"), "\(again.everything)")
            let without = try await lab.failover()
            try await lab.reconciled(without)
            #expect(try await lab.exec("vm1", ["pgrep", "-f", "pgregent-guard"]).code == 1)
            try await lab.expectReplaced(by: "vm2", file: without)
        }

        @Test("A second failover within minimum_interval is left to a person, whose `failover` does it")
        func crashLoop() async throws {
            let lab = try Lab.current()
            let file = try await lab.declare("failover") {
                $0.text += "failover: {mode: automatic, minimum_interval: 5min}\n"
            }
            try await lab.killPostmaster("vm1")
            try await lab.reconciled(file)
            try await lab.killPostmaster("vm2")
            let held = try await lab.reconcile(file: file)
            #expect(held.code == 3 && held.everything.contains("failover.minimum_interval"), "\(held.everything)")
            let decided = try await lab.pgregent("failover", "--yes", file: file)
            #expect(decided.code == 0, "\(decided.everything)")
            try await lab.expectReplaced(by: "vm1", file: file)
        }

        @Test("Somebody promotes one that lacks what another standby has: that other one is rewound, and follows")
        func pastTheFork() async throws {
            let lab = try Lab.current()
            try await lab.lab("cut", "vm2", "--from", "vm1")
            try await lab.sql("vm1", "CREATE TABLE beyond AS SELECT generate_series(1, 1000) AS i")
            try await eventually("vm3 has it") { try await lab.sql("vm3", "SELECT count(*) FROM beyond") == "1000" }
            try await lab.killPostmaster("vm1")
            // Before the cut heals: the dead sender's kernel would still deliver what waits in its socket.
            try await lab.sql("vm2", "SELECT pg_promote()")
            try await lab.lab("heal")
            let plan = try await lab.plan()
            #expect(plan.finding("STANDBY_DIVERGED", "vm3") != nil && plan.runnable.contains("repmgr.rejoin.vm3"))
            let run = try await lab.reconcile()
            // Nobody said what becomes of vm1: it was not pgregent that replaced it.
            #expect(run.code == 3, "\(run.everything)")
            try await lab.expectStreams("vm3", from: "vm2")
            try await lab.shell(
                "vm1", as: "postgres", "rm -rf /var/lib/postgresql/15/main; mkdir -m 700 /var/lib/postgresql/15/main")
            let base = try await lab.declare("base") { _ in }
            try await lab.reconciled(base)
            try await lab.expectReplaced(by: "vm2", file: base)
        }

        @Test("Two pgregents that do not know of each other replace a lost primary by one, not by two")
        func twoPgregents() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.tableForWriters()
            let roles = try await RoleSampler.start(lab)
            try await lab.killPostmaster("vm1")
            let other = [
                "env", "PGREGENT_STATE_DIR=/tmp/other", "PGREGENT_LOCK_DIR=/tmp", "pgregent", "reconcile", "--once",
                "--yes", "-f", file,
            ]
            async let first = lab.reconcile(file: file)
            async let second = lab.exec("controller", as: "operator", other)
            _ = try await (first, second)
            try await lab.reconciled(file)
            #expect(try await roles.stop() == ["vm1", "vm2"])
            try await lab.expectReplaced(by: "vm2", file: file)
        }

        @Test(
            "The daemon moves the primary where the file prefers it, there and back twice, and there is one at any time"
        )
        func automaticSwitchover() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            try await lab.shell(
                "controller", "(cat \(file); echo 'switchover: {mode: automatic}') >/tmp/plain; cat /tmp/plain >\(file)"
            )
            let daemon = try await Daemon.start(lab, file)
            try await lab.underLoad(primaries: ["vm1", "vm2", "vm1", "vm3", "vm1"]) {
                for node in ["vm2", "vm1", "vm3", "vm1"] {
                    try await lab.shell(
                        "controller",
                        "(cat /tmp/plain; echo 'preferred_primary: \(node)') >\(file); pkill -HUP -x pgregent")
                    try await eventually("\(node) is primary, and all is well", within: .seconds(40)) {
                        let status = try await lab.status(file: file)
                        return status.primary == node && status.converged
                    }
                }
            }
            try await daemon.stop()
            try await lab.expectConverged(file: file)
        }

        @Test(
            "The daemon: a bad file keeps the old one, a second one stands by, and takes over when the first is killed")
        func daemons() async throws {
            let lab = try Lab.current()
            let file = try await lab.failover()
            _ = try await Daemon.start(lab, file)
            try await lab.shell(
                "controller", "cp \(file) /tmp/good; echo 'nonsense: 1' >>\(file); pkill -HUP -x pgregent")
            try await eventually("it says that the file is bad") {
                try await lab.shell("controller", "cat /tmp/daemon.log").contains("the old one stays")
            }
            try await lab.shell("controller", "cat /tmp/good >\(file); pkill -HUP -x pgregent")
            try await eventually("it reads the file again") {
                try await lab.shell("controller", "cat /tmp/daemon.log").contains("read again")
            }
            try await lab.shell("controller", "cp /tmp/daemon.pid /tmp/first.pid")
            let second = try await Daemon.start(lab, file, ready: "standing by")
            #expect(try await lab.reconcile(file: file).code == 7)
            try await lab.shell("controller", "kill -KILL -- -$(cat /tmp/first.pid)")
            try await lab.killPostmaster("vm1")
            #expect(try await lab.successor(within: .seconds(20)) == "vm2")
            try await lab.streamsAgain("vm1", within: .seconds(30))
            try await second.stop()
            try await lab.reconciled(file)
            try await lab.expectReplaced(by: "vm2", file: file)
        }
    }
}

extension Lab {
    /// A run that must bring everything about.
    func reconciled(_ file: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let run = try await reconcile(file: file)
        #expect(run.code == 0, "\(run.everything)", sourceLocation: sourceLocation)
    }

    /// The cluster is whole again under its new primary; and back to vm1.
    func expectReplaced(by primary: String, file: String, sourceLocation: SourceLocation = #_sourceLocation)
        async throws
    {
        #expect(try await status(file: file).primary == primary, sourceLocation: sourceLocation)
        try await expectConverged(file: file, sourceLocation: sourceLocation)
        if primary != "vm1" { try await movesBack() }
    }

    func streamsAgain(_ node: String, within limit: Duration) async throws {
        try await eventually("\(node) streams", within: limit) {
            try await exec(node, as: "postgres", ["psql", "-XAtc", "SELECT status FROM pg_stat_wal_receiver"]).trimmed
                == "streaming"
        }
    }

    /// The log of this node on a file system of its own, /mnt/log, that can be frozen.
    func separateLog(on node: String) async throws {
        try await lab("stop-service", node, "postgresql")
        try await shell(
            node,
            """
            truncate -s 1500M /var/tmp/log.disk; mkfs.ext4 -q /var/tmp/log.disk; mkdir -p /mnt/log
            n=$(losetup -f 2>/dev/null | tr -dc 0-9); n=${n:-7}
            for n in $n 11 12 13 14 15; do
              [ -e /dev/loop$n ] || mknod /dev/loop$n b 7 $n
              losetup /dev/loop$n /var/tmp/log.disk && break
            done
            # Given back when the mount ends, with the host.
            mount /dev/loop$n /mnt/log && losetup -d /dev/loop$n; rm -rf /mnt/log/lost+found
            d=/var/lib/postgresql/15/main
            cp -a $d/pg_wal/. /mnt/log/; chown postgres:postgres /mnt/log; chmod 700 /mnt/log
            rm -rf $d/pg_wal; ln -s /mnt/log $d/pg_wal
            runuser -u postgres -- pg_ctlcluster 15 main start
            """)
    }
}
