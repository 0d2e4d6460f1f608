import ClusterModel
import Execution
import HostAccess
import Synchronization
import TestKit
import Testing

@Suite struct StepRunnerTests {
    private let start = Steps.step(.startStandby(state: "shut down"))

    private func run(
        _ step: Step, _ commands: FakeCommands = FakeCommands(scripts: ["do it"]), _ doors: FakeDoors
    ) async -> StepOutcome {
        await StepRunner(spec: Steps.spec, commands: commands, doors: doors, watcher: FakeWatcher()).run(step)
    }

    @Test("a step whose guard does not hold any more is skipped, and nothing is done")
    func guardBroken() async {
        var step = start
        step.preconditions = [.postgresql(.isStandby("vm1"))]
        let doors = FakeDoors { _, script in script == "vm1 is a standby" ? .fails(1, "") : .fine }
        #expect(await run(step, FakeCommands(), doors) == .skipped("no longer so: vm1 is a standby"))
        #expect(doors.scripts.map(\.script) == ["vm1 is a standby"])
    }

    @Test("a failing operation fails the step with its title and the last words of the complaint")
    func failing() async {
        let commands = FakeCommands(scripts: ["first", "second", "third"])
        let doors = FakeDoors { _, script in script == "second" ? .fails(3, "starting\nno room left\n") : .fine }
        #expect(await run(start, commands, doors) == .failed("second on vm1: exit status 3: starting | no room left"))
        #expect(doors.scripts.map(\.script) == ["first", "second"])
    }

    @Test("an answer that was lost is an unknown outcome, not a failure")
    func unknown() async {
        let doors = FakeDoors { host, _ throws(ShellFailure) in
            throw ShellFailure(.outcomeUnknown, host: host, "the connection was lost")
        }
        #expect(
            await run(start, FakeCommands(scripts: ["do it"]), doors)
                == .unknown("do it on vm1: the connection was lost"))
    }

    @Test("an effect is asked for again until its patience ends")
    func patience() async {
        var step = start
        step.postconditions = [.postgresql(.watchdogRuns("vm1"))]
        let commands = FakeCommands(patience: .seconds(1))
        func doors(fineAfter: Int) -> FakeDoors {
            FakeDoors { [answered = Answered()] _, script in
                guard script == "the guard runs on vm1" else { return .fine }
                return answered.next() > fineAfter ? .fine : .fails(1, "not yet")
            }
        }
        #expect(await run(step, commands, doors(fineAfter: 5)) == .done)
        let late = doors(fineAfter: 1000)
        let outcome = await run(step, commands, late)
        #expect(
            outcome
                == .failed(
                    "done, but it is not so that the guard runs on vm1 (asked for 1.0 seconds): exit status 1: not yet")
        )
        #expect(late.clock.uptime >= .seconds(1))
    }

    @Test("an effect is not asked for longer than what it rests on is there")
    func premise() async {
        var step = start
        step.postconditions = [.postgresql(.streamsAgain("vm1"))]
        let commands = FakeCommands(patience: .seconds(30), premise: .takesWrites("vm2"))
        // No session of these doors leads anywhere.
        let doors = FakeDoors { _, script in script == "vm1 streams again" ? .fails(1, "no stream") : .fine }
        #expect(
            await run(step, commands, doors)
                == .failed(
                    "done, but it is not so that vm1 streams again (and no longer asked for, since asking whether vm2 takes writes: nothing listens): exit status 1: no stream"
                ))
        #expect(doors.clock.uptime == .zero)
        #expect(await run(step, commands, FakeDoors()) == .done)
        let late = FakeDoors(sessionAnswer: "t") { [answered = Answered()] _, script in
            script == "vm1 streams again" && answered.next() < 100 ? .fails(1, "no stream") : .fine
        }
        #expect(await run(step, commands, late) == .done)
    }

    @Test("what is no base64 never becomes part of a script")
    func transfer() async {
        let commands = FakeCommands([
            Operation(
                "copy", on: "vm2", as: .login,
                .transfer(from: "vm1", account: .login, produce: "produce", consume: "consume"))
        ])
        let doors = FakeDoors { _, script in script == "produce" ? .says("PGREGENT_DATA\nrm -rf /\n") : .fine }
        let outcome = await run(start, commands, doors)
        #expect(!outcome.isDone)
        #expect(doors.scripts.map(\.script) == ["produce"])
    }

    @Test("a secret goes through the door, and into no message")
    func secrets() async {
        let source = SecretSource.file("/secret")
        let text: SecretText = "echo \(SecretUse.passfileField(source))"
        let commands = FakeCommands([Operation("write", on: "vm1", as: .login, .script(text))])
        let doors = FakeDoors(secrets: [source: Secret("hun:ter2")]) { _, _ in .fails(1, "no") }
        #expect(await run(start, commands, doors) == .failed("write: exit status 1: no"))
        #expect(doors.scripts.map(\.script) == ["echo hun\\:ter2"])
        #expect(await run(start, commands, FakeDoors()) == .failed("write: \(source) is not there"))
    }

    @Test("a file that changed since it was looked at is left to the next pass")
    func changedFile() async {
        let commands = FakeCommands([
            Operation("write f", on: "vm1", as: .login, .write(FileWrite(path: "/f", observed: "a", content: "b")))
        ])
        let doors = FakeDoors { _, _ in .fails(RemoteFile.WriteStatus.changed, "it changed") }
        guard case .skipped = await run(start, commands, doors) else {
            Issue.record("not skipped")
            return
        }
    }
}

/// Counts answers.
private final class Answered: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
