import ClusterModel
import HostAccess
import Synchronization

/// Keeps one question open at the primary, all the time: its answer, or the end of its connection, is noticed at once
/// and not at the next observation.
struct Heartbeat: Sendable {
    let spec: ClusterSpec
    let doors: any Doors
    let node: NodeSpec
    let events: ConnectionEvents

    enum Alarm: Sendable {
        /// The connection ended, or is refused: something happened there.
        case broken
        /// No sign of life since then, by the clock's uptime.
        case silent(since: Duration)
        /// Somebody wants a turn (`Turns`).
        case asked
    }

    /// A loaded server may be late: what is asked then on a new connection decides, not this. Who declares a short interval
    /// wants to hear soon.
    private var grace: Duration { min(.milliseconds(250), spec.failover.reconnectInterval / 5) }

    /// Rings once each time that the primary is lost, until it is cancelled.
    func run() async {
        let session = doors.newSession(node, database: spec.repmgr.database)
        while !Task.isCancelled {
            if let alarm = await watch(session) { events.ring(alarm) }
            while !Task.isCancelled,
                (try? await session.query("SELECT 1", deadline: spec.failover.responseTimeout)) == nil
            {
                try? await doors.clock.sleep(for: spec.failover.reconnectInterval)
            }
        }
        await session.close()
    }

    /// Until something is wrong; nil when it is not watched any more.
    private func watch(_ session: any SQLSession) async -> Alarm? {
        let interval = spec.failover.reconnectInterval
        let question = "SELECT pg_sleep(\(interval.seconds))"
        // Silence counts from the last answer, or from when the first one was asked for.
        var lastSign = doors.clock.uptime
        var patience = spec.failover.responseTimeout
        do throws(SQLFailure) {
            _ = try await session.query("SELECT 1", deadline: patience)
            patience = interval + grace
            while !Task.isCancelled {
                lastSign = doors.clock.uptime
                _ = try await session.query(question, deadline: patience)
            }
            return nil
        } catch {
            guard error.kind != .cancelled else { return nil }
            // Out of time, or out of connection? Only the first of them is silence.
            return doors.clock.uptime - lastSign >= patience ? .silent(since: lastSign) : .broken
        }
    }
}

/// Brings an alarm to whoever waits for one, now or later.
final class ConnectionEvents: Sendable {
    private struct State {
        var pending: Heartbeat.Alarm?
        var waiter: CheckedContinuation<Heartbeat.Alarm?, Never>?
    }

    private let state = Mutex(State())

    func ring(_ alarm: Heartbeat.Alarm) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            guard state.waiter == nil else { return state.waiter }
            // Silence says more, and is not rung twice.
            switch (state.pending, alarm) {
            case (.silent?, _), (.broken?, .asked): break
            default: state.pending = alarm
            }
            return nil
        }
        waiter?.resume(returning: alarm)
    }

    /// Nil when the waiting task is cancelled. One waits at a time.
    func next() async -> Heartbeat.Alarm? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now: Heartbeat.Alarm?? = state.withLock { state in
                    if let pending = state.pending {
                        state.pending = nil
                        return .some(pending)
                    }
                    if Task.isCancelled { return .some(nil) }
                    state.waiter = continuation
                    return .none
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }
            waiter?.resume(returning: nil)
        }
    }

    /// What rang while nobody waited is over.
    func silence() {
        state.withLock { $0.pending = nil }
    }
}
