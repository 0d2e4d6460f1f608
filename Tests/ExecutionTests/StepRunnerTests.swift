import ClusterModel
import Execution
import HostAccess
import Synchronization
import TestKit
import Testing

@Suite struct StepRunnerTests {
    private func run(_ step: Step, _ doors: FakeDoors) async -> StepOutcome {
        await StepRunner(spec: Steps.spec, doors: doors, watcher: FakeWatcher()).run(step)
    }

    @Test("a step whose guard does not hold any more is skipped, and nothing is done")
    func guardBroken() async {
        var step = Steps.step("start")
        step.guards = [Steps.check("vm1 is a standby")]
        let doors = FakeDoors { _, script in script == "vm1 is a standby" ? .fails(1, "") : .fine }
        #expect(await run(step, doors) == .skipped("no longer so: vm1 is a standby"))
        #expect(doors.scripts.map(\.script) == ["vm1 is a standby"])
    }

    @Test("a failing operation fails the step with its title and the last words of the complaint")
    func failing() async {
        let step = Steps.step("start", scripts: ["first", "second", "third"])
        let doors = FakeDoors { _, script in script == "second" ? .fails(3, "starting\nno room left\n") : .fine }
        #expect(await run(step, doors) == .failed("second on vm1: exit status 3: starting | no room left"))
        #expect(doors.scripts.map(\.script) == ["first", "second"])
    }

    @Test("an answer that was lost is an unknown outcome, not a failure")
    func unknown() async {
        let doors = FakeDoors { host, _ throws(ShellFailure) in
            throw ShellFailure(.outcomeUnknown, host: host, "the connection was lost")
        }
        #expect(await run(Steps.step("start"), doors) == .unknown("do it on vm1: the connection was lost"))
    }

    @Test("an effect is asked for again until its patience ends")
    func patience() async {
        var step = Steps.step("start")
        step.effects = [Steps.check("it runs", patience: .seconds(1))]
        func doors(fineAfter: Int) -> FakeDoors {
            FakeDoors { [answered = Answered()] _, script in
                guard script == "it runs" else { return .fine }
                return answered.next() > fineAfter ? .fine : .fails(1, "not yet")
            }
        }
        #expect(await run(step, doors(fineAfter: 5)) == .done)
        let late = doors(fineAfter: 1000)
        let outcome = await run(step, late)
        #expect(
            outcome == .failed("done, but it is not so that it runs (asked for 1.0 seconds): exit status 1: not yet"))
        #expect(late.clock.uptime >= .seconds(1))
    }

    @Test("an effect is not asked for longer than what it rests on is there")
    func premise() async {
        var step = Steps.step("rejoin")
        var streams = Steps.check("it streams", patience: .seconds(30))
        streams.premise = .takesWrites("vm2")
        step.effects = [streams]
        // No session of these doors leads anywhere.
        let doors = FakeDoors { _, script in script == "it streams" ? .fails(1, "no stream") : .fine }
        #expect(
            await run(step, doors)
                == .failed(
                    "done, but it is not so that it streams (and no longer asked for, since asking whether vm2 takes writes: nothing listens): exit status 1: no stream"
                ))
        #expect(doors.clock.uptime == .zero)
        #expect(await run(step, FakeDoors()) == .done)
        let late = FakeDoors(sessionAnswer: "t") { [answered = Answered()] _, script in
            script == "it streams" && answered.next() < 100 ? .fails(1, "no stream") : .fine
        }
        #expect(await run(step, late) == .done)
    }

    @Test("what is no base64 never becomes part of a script")
    func transfer() async {
        var step = Steps.step("copy", scripts: [])
        step.operations = [
            Operation(
                "copy", on: "vm2", as: .login,
                .transfer(from: "vm1", account: .login, produce: "produce", consume: "consume"))
        ]
        let doors = FakeDoors { _, script in script == "produce" ? .says("PGREGENT_DATA\nrm -rf /\n") : .fine }
        let outcome = await run(step, doors)
        #expect(!outcome.isDone)
        #expect(doors.scripts.map(\.script) == ["produce"])
    }

    @Test("a secret goes through the door, and into no message")
    func secrets() async {
        let source = SecretSource.file("/secret")
        var step = Steps.step("passfile", scripts: [])
        let text: SecretText = "echo \(SecretUse.passfileField(source))"
        step.operations = [Operation("write", on: "vm1", as: .login, .script(text))]
        let doors = FakeDoors(secrets: [source: Secret("hun:ter2")]) { _, _ in .fails(1, "no") }
        #expect(await run(step, doors) == .failed("write: exit status 1: no"))
        #expect(doors.scripts.map(\.script) == ["echo hun\\:ter2"])
        #expect(await run(step, FakeDoors()) == .failed("write: \(source) is not there"))
    }

    @Test("a file that changed since it was looked at is left to the next pass")
    func changedFile() async {
        var step = Steps.step("rewrite", scripts: [])
        step.operations = [
            Operation("write f", on: "vm1", as: .login, .write(FileWrite(path: "/f", observed: "a", content: "b")))
        ]
        let doors = FakeDoors { _, _ in .fails(RemoteFile.WriteStatus.changed, "it changed") }
        guard case .skipped = await run(step, doors) else {
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
