import Synchronization

/// Whoever wants the daemon to do something else for a while waits here for its turn: between two rounds, so that the two of them
/// never change the cluster at the same time.
package final class Turns: Sendable {
    private struct Waiting {
        var work: @Sendable () async -> Void
        var refuse: @Sendable () -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        var ring: (@Sendable () -> Void)?
        var hasEnded = false
    }

    private let state = Mutex(State())

    package init() {}

    /// Does the work when it is its turn, and waits for it.
    ///
    /// - Returns: nil where the daemon ends before.
    package func take<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            let waiting = Waiting(
                work: { continuation.resume(returning: await work()) }, refuse: { continuation.resume(returning: nil) })
            let ring = state.withLock { state -> (@Sendable () -> Void)? in
                guard !state.hasEnded else { return nil }
                state.waiting.append(waiting)
                return state.ring ?? {}
            }
            if let ring { ring() } else { waiting.refuse() }
        }
    }

    /// Nobody gets a turn any more.
    package func end() {
        let waiting = state.withLock { state in
            state.hasEnded = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.refuse() }
    }

    /// The longest waiting.
    func next() -> (@Sendable () async -> Void)? {
        state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst().work }
    }

    /// - Parameter ring: called when somebody begins to wait.
    func listen(_ ring: (@Sendable () -> Void)?) {
        state.withLock { $0.ring = ring }
    }
}
