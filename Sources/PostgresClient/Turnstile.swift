import Synchronization

/// Lets one task in at a time, in the order in which they came: a connection carries one request at a time, and an
/// actor alone would let a second one in while the first waits for its answer.
final class Turnstile: Sendable {
    private struct State {
        var taken = false
        var queue: [(token: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var lastToken: UInt64 = 0
    }

    private let state = Mutex(State())

    /// - Returns: false, and nobody is inside, when the task was cancelled before its turn came.
    func enter() async -> Bool {
        let token = state.withLock { state in
            state.lastToken += 1
            return state.lastToken
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                line(up: continuation, as: token)
                if Task.isCancelled { giveUp(token) }
            }
        } onCancel: {
            giveUp(token)
        }
    }

    /// Waits for its turn even in a cancelled task: for what must be done whatever happens.
    func enterUncancelled() async {
        _ = await withCheckedContinuation { line(up: $0, as: 0) }
    }

    func leave() {
        let next = state.withLock { state in
            guard !state.queue.isEmpty else {
                state.taken = false
                return CheckedContinuation<Bool, Never>?.none
            }
            return state.queue.removeFirst().continuation
        }
        next?.resume(returning: true)
    }

    private func line(up continuation: CheckedContinuation<Bool, Never>, as token: UInt64) {
        let free = state.withLock { state in
            if state.taken {
                state.queue.append((token, continuation))
                return false
            }
            state.taken = true
            return true
        }
        if free { continuation.resume(returning: true) }
    }

    private func giveUp(_ token: UInt64) {
        let waiting = state.withLock { state in
            state.queue.firstIndex { $0.token == token }.map { state.queue.remove(at: $0).continuation }
        }
        waiting?.resume(returning: false)
    }
}
