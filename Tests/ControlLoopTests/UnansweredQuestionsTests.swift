import ClusterModel
import HostAccess
import Synchronization
import TestKit
import Testing

@testable import ControlLoop

/// Nobody waits for a host that is gone.
@Suite struct UnansweredQuestionsTests {
    /// A host that answers when it is told to.
    private final class Host: Sendable {
        private struct State {
            var isUp = true
            var asked = 0
        }

        private let state = Mutex(State())
        var asked: Int { state.withLock { $0.asked } }
        func set(up: Bool) { state.withLock { $0.isUp = up } }

        /// Like a program that asks over the network: without an answer it gives up after a while.
        @Sendable func ask() async -> Bool {
            state.withLock { $0.asked += 1 }
            for _ in 0..<40 {
                if state.withLock({ $0.isUp }) { return true }
                do { try await Task.sleep(for: .milliseconds(10)) } catch { return false }
            }
            return false
        }
    }

    private func answer(_ questions: UnansweredQuestions, _ host: Host) async -> Bool? {
        await questions.answer(
            from: .host("vm1"), within: .milliseconds(20), isAnswered: { $0 }, { await host.ask() })
    }

    private func until(_ condition: () async -> Bool) async throws {
        for _ in 0..<1000 {
            if await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it never came about")
    }

    @Test(
        "one that answers is asked each time; one that is silent is waited for once, and then asked by itself until it answers"
    )
    func silent() async throws {
        let (host, questions) = (Host(), UnansweredQuestions(clock: RealTime()))
        #expect(await answer(questions, host) == true)
        #expect(await answer(questions, host) == true)
        #expect(host.asked == 2)
        host.set(up: false)
        #expect(await answer(questions, host) == nil)
        for _ in 0..<20 { #expect(await answer(questions, host) == nil) }
        #expect(host.asked == 3)
        host.set(up: true)
        try await until { await answer(questions, host) == true }
        await questions.end()
    }

    @Test("one that was never heard is waited for until its question gives up")
    func unknown() async throws {
        let (host, questions) = (Host(), UnansweredQuestions(clock: RealTime()))
        host.set(up: false)
        #expect(await answer(questions, host) == false)
        #expect(await answer(questions, host) == nil)
        questions.forget(.host("vm1"))
        host.set(up: true)
        #expect(await answer(questions, host) == true)
        await questions.end()
    }

    @Test("it ends while somebody is silent")
    func ends() async throws {
        let (host, questions) = (Host(), UnansweredQuestions(clock: RealTime()))
        #expect(await answer(questions, host) == true)
        host.set(up: false)
        #expect(await answer(questions, host) == nil)
        await questions.end()
        let asked = host.asked
        try await Task.sleep(for: .milliseconds(50))
        #expect(host.asked == asked)
    }
}

private struct RealTime: WallClock {
    private let begin = ContinuousClock.now
    var secondsSinceEpoch: Double { 0 }
    var uptime: Duration { ContinuousClock.now - begin }
    func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
    func jitter() -> Double { 0 }
}
