import Testing

extension LabTests.Unplanned {
    /// Family K: pgregent itself is stopped, killed, or not alone.
    @Suite("Interruptions", .serialized)
    struct Interruptions {
        @Test("A second pgregent ends at once with 7; SIGTERM stops the first cleanly, and the next run finishes")
        func twoAtOnceAndTerminated() async throws {
            try await Lab.with(.bare) { lab in
                async let first = lab.reconcile()
                try await lab.untilStarted("postgresql.create.vm1")
                let begin = ContinuousClock.now
                let second = try await lab.reconcile()
                #expect(second.code == 7, "\(second.everything)")
                #expect(second.errors.contains("another pgregent"))
                #expect(ContinuousClock.now - begin < .seconds(5))
                #expect(try await lab.pgregent("plan").code != 7, "a plan needs no lock")
                try await lab.shell("controller", "pkill -TERM -x pgregent")
                let stopped = try await first
                #expect(stopped.code == 2, "\(stopped.everything)")
                #expect(stopped.errors.contains("stopped as asked"))
                let journal = try await lab.journal()
                let started = journal.filter { $0.outcome == "started" }.count
                #expect(started * 2 == journal.count, "a step in hand was not finished")
                let finished = try await lab.reconcile()
                #expect(finished.code == 0, "\(finished.everything)")
                try await lab.expectConverged()
            }
        }

        @Test("Killed with SIGKILL at five moments of a bare build, the following run converges")
        func killedAtRandom() async throws {
            try await Lab.with(.bare) { lab in
                var moments: [Duration] = []
                for range in [100...600, 600...1500, 1500...3000, 500...4000, 500...4000] {
                    let moment = Duration.milliseconds(Int.random(in: range))
                    moments.append(moment)
                    async let run = lab.reconcile()
                    // The moment is the thing tried here: not a wait for anything.
                    try await Task.sleep(for: moment)
                    _ = try await lab.exec("controller", ["pkill", "-KILL", "-x", "pgregent"])
                    _ = try await run
                }
                let outcome = try await lab.reconcile()
                #expect(outcome.code == 0, "killed after \(moments): \(outcome.everything)")
                try await lab.expectConverged()
            }
        }

        @Test("A creation that goes on after pgregent was killed is waited for, and then the next run finishes")
        func creationGoesOn() async throws {
            try await Lab.with(.bare) { lab in
                try await lab.shell(
                    "vm1",
                    """
                    cd /usr/lib/postgresql/15/bin && mv initdb initdb.real
                    printf '#!/bin/sh\\nsleep 5\\nexec /usr/lib/postgresql/15/bin/initdb.real "$@"\\n' >initdb && chmod 755 initdb
                    """)
                async let first = lab.reconcile()
                try await lab.untilStarted("postgresql.create.vm1")
                try await lab.shell("vm1", "until pgrep -x initdb; do sleep 0.02; done")
                try await lab.shell("controller", "pkill -KILL -x pgregent")
                _ = try await first
                let plan = try await lab.pgregent("plan", "--detailed-exitcode")
                #expect(plan.code == 3, "\(plan.everything)")
                #expect(plan.output.contains("a creation is at work there (process "), "\(plan.everything)")
                let second = try await lab.reconcile()
                #expect(second.errors.contains("waiting: vm1: a creation is at work there"), "\(second.everything)")
                #expect(second.code == 0 && !second.errors.contains("FAILED"), "\(second.everything)")
                try await lab.expectConverged()
            }
        }

        @Test("A clone killed in the middle, together with pgregent, is never taken for a copy and is made anew")
        func interruptedClone() async throws {
            try await Lab.with(.primaryOnly) { lab in
                try await lab.sql(
                    "vm1", "CREATE TABLE bulk AS SELECT repeat(md5(i::text), 20) FROM generate_series(1, 150000) i")
                let kill =
                    "until pgrep -x pg_basebackup; do sleep 0.02; done; pkill -KILL -x 'repmgr|pg_basebackup'; true"
                async let run = lab.reconcile()
                try await lab.shell("vm2", kill)
                _ = try await lab.exec("controller", ["pkill", "-KILL", "-x", "pgregent"])
                let killed = try await run
                #expect(killed.code != 0)
                #expect(try await lab.shell("vm2", "pgrep -x postgres || true").isEmpty, "half a copy was started")
                let plan = try await lab.plan()
                #expect(plan.step("repmgr.clone.vm2")?.cause == "repair", "\(plan.ids)")
                let again = try await lab.reconcile()
                #expect(again.code == 0, "\(again.everything)")
                #expect(try await lab.sql("vm2", "SELECT count(*) FROM bulk") == "150000")
                try await lab.expectConverged()
            }
        }

        @Test("A full disk is an error with its reason, loses nothing, and is no obstacle once there is room")
        func fullDisk() async throws {
            try await Lab.with(.bare, ["--disk", "300m"]) { lab in
                try await lab.shell(
                    "vm2", "fallocate -l $(($(df --output=avail -B1 / | tail -n 1) - 12000000)) /var/tmp/filler")
                let failed = try await lab.reconcile()
                #expect(failed.code == 6, "\(failed.everything)")
                #expect(failed.everything.lowercased().contains("no space left"), "\(failed.everything)")
                try await lab.expectStreams("vm3", from: "vm1")
                try await lab.shell("vm2", "rm /var/tmp/filler")
                let finished = try await lab.reconcile()
                #expect(finished.code == 0, "\(finished.everything)")
                try await lab.expectConverged()
            }
        }
    }
}

extension Lab {
    /// Waits until the journal says that a step has begun.
    func untilStarted(_ step: String) async throws {
        try await eventually("\(step) has begun") { try await self.journal().contains { $0.step == step } }
    }
}
