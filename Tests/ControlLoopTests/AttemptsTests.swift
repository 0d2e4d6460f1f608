import ClusterModel
import Execution
import Testing

@testable import ControlLoop

/// How often a run tries the same.
@Suite struct AttemptsTests {
    private let checkpoint = Step(.postgresql(.checkpoint), on: "vm1", cause: .drift)

    private func areUsedUp(after outcomes: [StepOutcome]) -> Bool {
        var attempts = Attempts()
        for outcome in outcomes { attempts.note(checkpoint, outcome) }
        return attempts.areUsedUp(by: checkpoint)
    }

    @Test("what failed twice, or was done twice and is due again, is left")
    func left() {
        #expect(areUsedUp(after: [.failed("late"), .unknown("no answer")]))
        #expect(areUsedUp(after: [.done, .done]))
    }

    @Test("what was done for one thing may fail once for another")
    func again() {
        #expect(!areUsedUp(after: []))
        #expect(!areUsedUp(after: [.failed("late")]))
        #expect(!areUsedUp(after: [.done, .failed("late")]))
    }
}
