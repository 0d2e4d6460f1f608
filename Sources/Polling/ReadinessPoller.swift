import Glibc
import Synchronization

/// Waits until a socket can be read or written, a moment has passed, or the task is cancelled.
///
/// All waits of the process share one thread in poll(2), so a thousand slow statements cost one sleeping thread and
/// none of the cooperative pool's. Each wait ends exactly once, by whatever comes first, and leaves nothing behind:
/// only after it may its descriptor be closed.
///
/// Dispatch's own sources are not used for descriptors: on Linux it forgets now and then whom it watches when many come
/// and go, and ends the process (swiftlang/swift-corelibs-libdispatch#949).
package final class ReadinessPoller: Sendable {
    package static let shared = ReadinessPoller()

    package enum Wakeup: Sendable {
        case ready
        case timedOut
        case cancelled
    }

    package struct Events: OptionSet, Sendable {
        package let rawValue: Int16
        package init(rawValue: Int16) { self.rawValue = rawValue }
        package static let read = Events(rawValue: Int16(POLLIN))
        package static let write = Events(rawValue: Int16(POLLOUT))
    }

    private struct Waiter {
        var descriptor: Int32
        var events: Events
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Wakeup, Never>
    }

    private let waiters = Mutex<[UInt64: Waiter]>([:])
    private let lastToken = Atomic<UInt64>(0)
    private let alarmReader: Int32
    private let alarmWriter: Int32

    private init() {
        guard let ends = SocketPair.make() else {
            fatalError("no socket for waiting on other sockets: \(String(cString: strerror(errno)))")
        }
        (alarmReader, alarmWriter) = ends
        guard DetachedThread.run({ [self] in while true { pollOnce() } }) else {
            fatalError("no thread for waiting on sockets")
        }
    }

    package func wait(for events: Events, on descriptor: Int32, until deadline: ContinuousClock.Instant) async -> Wakeup
    {
        let token = lastToken.wrappingAdd(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waiter = Waiter(
                    descriptor: descriptor, events: events, deadline: deadline, continuation: continuation)
                waiters.withLock { $0[token] = waiter }
                // A cancellation that came before the line above found nobody to wake.
                if Task.isCancelled { end(token, .cancelled) } else { alarm() }
            }
        } onCancel: {
            end(token, .cancelled)
        }
    }

    /// Waits for a moment alone; false when the task was cancelled before it.
    package func sleep(until moment: ContinuousClock.Instant) async -> Bool {
        await wait(for: [], on: -1, until: moment) == .timedOut
    }

    private func end(_ token: UInt64, _ wakeup: Wakeup) {
        let waiter = waiters.withLock { $0.removeValue(forKey: token) }
        waiter?.continuation.resume(returning: wakeup)
        // A socket that the thread still polls is not closed on the wire before poll(2) returns.
        if wakeup == .cancelled { alarm() }
    }

    private func alarm() {
        // Should the socket be full, unread bytes are enough of an alarm.
        var byte: UInt8 = 1
        _ = write(alarmWriter, &byte, 1)
    }

    private func pollOnce() {
        let waiting = waiters.withLock { Array($0) }
        // poll(2) takes no more than the process may have open, and who only sleeps waits for no descriptor.
        let watching = waiting.filter { $0.value.descriptor >= 0 }
        var descriptors = [pollfd(fd: alarmReader, events: Events.read.rawValue, revents: 0)]
        descriptors += watching.map { pollfd(fd: $1.descriptor, events: $1.events.rawValue, revents: 0) }
        let patience = Self.milliseconds(until: waiting.map(\.value.deadline).min())
        guard poll(&descriptors, nfds_t(descriptors.count), patience) >= 0 else { return }
        if descriptors[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 256)
            _ = read(alarmReader, &bytes, bytes.count)
        }
        for ((token, _), descriptor) in zip(watching, descriptors.dropFirst()) where descriptor.revents != 0 {
            end(token, .ready)
        }
        let now = ContinuousClock.now
        for (token, waiter) in waiting where waiter.deadline <= now { end(token, .timedOut) }
    }

    /// Rounded up, so that the thread does not spin through a deadline's last millisecond.
    private static func milliseconds(until deadline: ContinuousClock.Instant?) -> Int32 {
        guard let deadline else { return -1 }
        let remaining = max(.zero, deadline - .now)
        let (seconds, attoseconds) = remaining.components
        guard seconds < 3600 else { return 3_600_000 }
        return Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
