import ClusterModel
import Execution
import Testing

@testable import ControlLoop

@Suite struct PacingTests {
    private func step(_ cause: Step.Cause = .drift) -> Step {
        Step(
            "repmgr", "register", "vm1", .change, cause: cause, summary: "metadata", reason: "it differs",
            operations: [])
    }

    private func isDue(_ pacing: Pacing, _ step: Step, at seconds: Int) -> Bool {
        let plan = Plan(
            cluster: "main", primary: nil, timeline: nil, nodesDeclared: 1, nodesObserved: 1, findings: [],
            steps: [step])
        return !pacing.due(plan, .seconds(seconds), except: { _ in false }).steps.isEmpty
    }

    @Test("what failed is tried later each time, and never later than five minutes")
    func failures() {
        var pacing = Pacing(interval: .seconds(10))
        pacing.note(step(), .failed("no"), .seconds(0), jitter: 1)
        #expect(!isDue(pacing, step(), at: 19))
        #expect(isDue(pacing, step(), at: 20))
        pacing.note(step(), .failed("no"), .seconds(20), jitter: 1)
        #expect(!isDue(pacing, step(), at: 59))
        #expect(isDue(pacing, step(), at: 60))
        for _ in 0..<20 { pacing.note(step(), .failed("no"), .seconds(100), jitter: 1) }
        #expect(isDue(pacing, step(), at: 400))
    }

    @Test("what is done and wanted again and again is not done without a pause")
    func repetition() {
        var pacing = Pacing(interval: .seconds(10))
        for second in 0..<3 {
            #expect(isDue(pacing, step(), at: second))
            pacing.note(step(), .done, .seconds(second), jitter: 1)
        }
        #expect(isDue(pacing, step(), at: 3))
        pacing.note(step(), .done, .seconds(3), jitter: 1)
        #expect(!isDue(pacing, step(), at: 22))
        #expect(isDue(pacing, step(), at: 23))
        // After a quiet time it is as new.
        pacing.note(step(), .done, .seconds(1000), jitter: 1)
        #expect(isDue(pacing, step(), at: 1000))
    }

    @Test("a failover is never paused for having been done before, and tried again soon when it failed")
    func failover() {
        var pacing = Pacing(interval: .seconds(10))
        pacing.note(step(.failover), .failed("no"), .seconds(-2), jitter: 1)
        #expect(!isDue(pacing, step(.failover), at: -2))
        #expect(isDue(pacing, step(.failover), at: -1))
        for _ in 0..<10 { pacing.note(step(.failover), .done, .seconds(0), jitter: 1) }
        #expect(isDue(pacing, step(.failover), at: 0))
    }
}
