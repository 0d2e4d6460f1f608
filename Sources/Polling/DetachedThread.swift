import Glibc
import Synchronization

/// Work for the few calls that block and have no non-blocking form (`getaddrinfo`, `PQcancel`): a thread of its own,
/// so that a name server or a host that never answers holds up neither the cooperative pool nor Dispatch's.
package enum DetachedThread {
    /// Starts a thread and does not wait for it.
    ///
    /// - Returns: false where the system gives no more threads; the work is then not done.
    @discardableResult
    package static func run(_ work: @escaping @Sendable () -> Void) -> Bool {
        let boxed = Unmanaged.passRetained(Work(work))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let failed = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, boxed.toOpaque())
        if failed != 0 { boxed.release() }
        return failed == 0
    }

    /// What a blocking call gave, or why it was not waited for any longer. The call itself then goes on unheard.
    package enum Outcome<Value: Sendable>: Sendable {
        case done(Value)
        case timedOut
        case cancelled
        case noThread
    }

    /// Runs a blocking call on a thread of its own and waits for it, until the limit or the task's cancellation.
    package static func run<Value: Sendable>(
        until limit: ContinuousClock.Instant, _ call: @escaping @Sendable () -> Value
    ) async -> Outcome<Value> {
        guard let (finished, working) = SocketPair.make() else { return .noThread }
        defer { Glibc.close(finished) }
        let answer = Answer<Value>()
        let started = run {
            let value = call()
            answer.value.withLock { $0 = value }
            // The closed end is the news that the answer is there.
            Glibc.close(working)
        }
        guard started else {
            Glibc.close(working)
            return .noThread
        }
        switch await ReadinessPoller.shared.wait(for: .read, on: finished, until: limit) {
        case .ready: break
        case .timedOut: return .timedOut
        case .cancelled: return .cancelled
        }
        guard let value = answer.value.withLock({ $0 }) else { return .noThread }
        return .done(value)
    }

    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private final class Answer<Value: Sendable>: Sendable {
        let value = Mutex<Value?>(nil)
    }
}
