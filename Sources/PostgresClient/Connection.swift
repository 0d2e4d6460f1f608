import CLibPQ
import Glibc
import HostAccess
import Polling
import Synchronization

/// One libpq connection, from its first packet to its end. It belongs to the session that made it and is used by one
/// task at a time.
final class Connection {
    let handle: OpaquePointer
    let endpoint: Endpoint
    /// The server said, unasked, that it ends this connection.
    private var isDismissed = false
    private var isEnded = false

    init(_ handle: OpaquePointer, to endpoint: Endpoint) {
        self.handle = handle
        self.endpoint = endpoint
        PQsetNoticeReceiver(
            handle,
            { argument, notice in
                guard let argument, let notice else { return }
                Unmanaged<Connection>.fromOpaque(argument).takeUnretainedValue().heard(notice)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        end()
    }

    /// Closes it at once. Nothing else may be asked of it afterwards.
    func end() {
        if !isEnded { PQfinish(handle) }
        isEnded = true
    }

    var connectFailure: ConnectFailure {
        ConnectFailure(text: errorText, endpoint: endpoint)
    }

    var errorText: String {
        String(cString: PQerrorMessage(handle))
    }

    var socket: Int32 { PQsocket(handle) }

    func becomeReady() {
        PQsetnonblocking(handle, 1)
    }

    /// Whether the next request can be sent on it: looks at what arrived while it was idle, the end of the connection
    /// included.
    var isUsable: Bool {
        var descriptor = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
        while PQstatus(handle) == CONNECTION_OK, poll(&descriptor, 1, 0) > 0 {
            guard PQconsumeInput(handle) == 1, PQisBusy(handle) == 0 else { return false }
            while let notification = PQnotifies(handle) { PQfreemem(notification) }
        }
        return isBetweenRequests && !isDismissed
    }

    /// Everything that was asked has been answered, so that the connection may be kept.
    var isBetweenRequests: Bool {
        PQstatus(handle) == CONNECTION_OK && PQpipelineStatus(handle) == PQ_PIPELINE_OFF
            && [PQTRANS_IDLE, PQTRANS_INTRANS, PQTRANS_INERROR].contains(PQtransactionStatus(handle))
    }

    var isInFailedTransaction: Bool {
        PQtransactionStatus(handle) == PQTRANS_INERROR
    }

    /// What stops a statement that still runs after its connection was closed.
    func canceller() -> Canceller? {
        guard PQstatus(handle) == CONNECTION_OK else { return nil }
        return PQgetCancel(handle).map { Canceller(handle: $0) }
    }

    /// Notices go nowhere: libpq would print them on standard error.
    private func heard(_ notice: OpaquePointer) {
        let severity = PQresultErrorField(notice, DiagnosticField.severity).map { String(cString: $0) }
        if severity == "FATAL" || severity == "PANIC" { isDismissed = true }
    }
}

/// Asks a server to stop a statement, over a connection of its own. `PQcancel` blocks, on a host that is gone for
/// minutes: it runs in a thread of its own, and only a few at a time.
struct Canceller: @unchecked Sendable {
    // Safe to pass on: libpq allows a PGcancel to be used in any thread, and only `fire` uses it, once.
    let handle: OpaquePointer

    private static let inFlight = Atomic<Int>(0)
    private static let mostInFlight = 16

    /// Best effort: nobody hears whether it succeeded.
    func fire() {
        let allowed = Self.inFlight.wrappingAdd(1, ordering: .relaxed).newValue <= Self.mostInFlight
        let started =
            allowed
            && DetachedThread.run {
                var reason = [CChar](repeating: 0, count: 256)
                _ = PQcancel(handle, &reason, Int32(reason.count))
                PQfreeCancel(handle)
                Self.inFlight.wrappingSubtract(1, ordering: .relaxed)
            }
        if !started {
            PQfreeCancel(handle)
            Self.inFlight.wrappingSubtract(1, ordering: .relaxed)
        }
    }
}

/// libpq's field codes, which are C macros of characters.
enum DiagnosticField {
    static let severity = Int32(UInt8(ascii: "V"))
    static let sqlState = Int32(UInt8(ascii: "C"))
    static let message = Int32(UInt8(ascii: "M"))
    static let detail = Int32(UInt8(ascii: "D"))
}
