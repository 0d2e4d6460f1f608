import ClusterModel
import HostAccess
import Synchronization

/// Hosts and servers that have kept somebody waiting: from then on each is asked by itself, at its own pace, and an observation
/// takes it for unknown without waiting, until it answers again. So nobody who is gone holds up what is done for the others.
final class UnansweredQuestions: Sendable {
    enum Place: Hashable, Sendable {
        /// Over SSH.
        case host(HostName)
        /// Over libpq.
        case server(NodeName)
        /// Through psql on its host.
        case serverOnHost(NodeName)
    }

    private struct State {
        var asked: [Place: Task<Void, Never>] = [:]
        /// Told apart from a later one for the same place.
        var ids: [Place: Int] = [:]
        var last = 0
        /// Who has answered before.
        var known: Set<Place> = []
        var hasEnded = false
    }

    private let clock: any WallClock
    private let state = Mutex(State())

    /// Whoever fails faster than this is asked in every observation: nobody waits for it.
    private static let quick = Duration.milliseconds(300)
    /// Between two questions to one that does not answer.
    private static let pace = Duration.seconds(1)

    init(clock: any WallClock) {
        self.clock = clock
    }

    /// The answer; or nil where this place is being asked already, or does not answer within `patience`.
    ///
    /// - Parameters:
    ///   - question: asks it, and gives up by itself; it may be asked again later.
    ///   - patience: for one that has answered before; another is waited for until its question gives up.
    ///   - isAnswered: whether that was an answer, whatever it says.
    func answer<Answer: Sendable>(
        from place: Place, within patience: Duration, isAnswered: @escaping @Sendable (Answer) -> Bool,
        _ question: @escaping @Sendable () async -> Answer
    ) async -> Answer? {
        guard !isBeingAsked(place) else { return nil }
        let begin = clock.uptime
        let asking = Task { await question() }
        let isKnown = state.withLock { $0.known.contains(place) }
        let answer = await first(of: asking, isKnown ? patience : nil)
        if let answer {
            if isAnswered(answer) {
                state.withLock { _ = $0.known.insert(place) }
            } else if clock.uptime - begin > Self.quick {
                goOnAsking(place, isAnswered, question, first: nil)
            }
        } else if Task.isCancelled {
            asking.cancel()
        } else {
            goOnAsking(place, isAnswered, question, first: asking)
        }
        return answer
    }

    /// There is a reason to expect an answer from there now.
    func forget(_ place: Place) {
        state.withLock { $0.asked.removeValue(forKey: place) }?.cancel()
    }

    /// Nobody is asked any more.
    func end() async {
        let asked = state.withLock { state in
            state.hasEnded = true
            defer { state.asked = [:] }
            return state.asked
        }
        for task in asked.values { task.cancel() }
        for task in asked.values { await task.value }
    }

    private func isBeingAsked(_ place: Place) -> Bool { state.withLock { $0.asked[place] != nil } }

    /// - Parameter patience: nil: without a limit.
    private func first<Answer: Sendable>(of asking: Task<Answer, Never>, _ patience: Duration?) async -> Answer? {
        let arrival = Arrival<Answer>()
        Task { arrival.take(await asking.value) }
        let limit = Task { [clock] in
            guard let patience, (try? await clock.sleep(for: patience)) != nil else { return }
            arrival.take(nil)
        }
        defer { limit.cancel() }
        return await withTaskCancellationHandler {
            await arrival.value()
        } onCancel: {
            arrival.take(nil)
        }
    }

    private func goOnAsking<Answer: Sendable>(
        _ place: Place, _ isAnswered: @escaping @Sendable (Answer) -> Bool,
        _ question: @escaping @Sendable () async -> Answer, first: Task<Answer, Never>?
    ) {
        state.withLock { state in
            guard !state.hasEnded, state.asked[place] == nil else { return }
            state.last += 1
            let id = state.last
            state.ids[place] = id
            state.asked[place] = Task { [weak self, clock] in
                var answer = await withTaskCancellationHandler {
                    await first?.value
                } onCancel: {
                    first?.cancel()
                }
                while !Task.isCancelled, !(answer.map(isAnswered) ?? false) {
                    guard (try? await clock.sleep(for: Self.pace)) != nil else { return }
                    answer = await question()
                }
                self?.isAnswered(place, id)
            }
        }
    }

    private func isAnswered(_ place: Place, _ id: Int) {
        state.withLock { state in
            if state.ids[place] == id { state.asked[place] = nil }
        }
    }
}

/// The first of what arrives.
private final class Arrival<Value: Sendable>: Sendable {
    private struct State {
        var value: Value??
        var waiter: CheckedContinuation<Value?, Never>?
    }

    private let state = Mutex(State())

    func take(_ value: Value?) {
        let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            guard state.value == nil else { return nil }
            state.value = .some(value)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: value)
    }

    /// One waits at a time.
    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let arrived = state.withLock { state -> Value?? in
                if state.value == nil { state.waiter = continuation }
                return state.value
            }
            if let arrived { continuation.resume(returning: arrived) }
        }
    }
}
