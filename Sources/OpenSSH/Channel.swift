internal import Dispatch
private import Glibc

/// One running ssh program, to which text is sent and whose marked answers are read.
///
/// Everything below is touched on `queue` alone (hence `@unchecked`); no thread ever waits. The child is reaped and its
/// descriptors are closed by the channel itself, also when nobody asks for it any more.
final class Channel: @unchecked Sendable {
    enum Event: Sendable {
        case answer([[UInt8]])
        /// ssh ended; `sent` tells whether any of the text had been handed over.
        case ended(status: Int32, errors: String, sent: Bool)
        case late(errors: String)
        case tooLarge
        case cancelled
    }

    /// A question that is waiting for its answer.
    private final class Exchange {
        var scanner: AnswerScanner
        var continuation: CheckedContinuation<Event, Never>?
        var alarm: (any DispatchSourceTimer)?

        init(_ scanner: AnswerScanner) {
            self.scanner = scanner
        }
    }

    private let queue = DispatchQueue(label: "pgregent.ssh")
    private let child: ChildProcess
    private var exchange: Exchange?
    /// What still has to be sent.
    private var backlog: ArraySlice<UInt8> = []
    private var writer: (any DispatchSourceWrite)?
    private var readers: [any DispatchSourceRead] = []
    /// Sources that still refer to a descriptor; the descriptors are closed after the last one.
    private var live = 0
    private var errors: [UInt8] = []
    private var status: Int32?
    private var killed = false
    private var reaping = false
    private var closing: [CheckedContinuation<Void, Never>] = []

    init(_ child: ChildProcess) {
        self.child = child
        queue.async { self.listen() }
    }

    /// Sends `text` and waits for an answer of `parts` parts. One at a time.
    ///
    /// After anything but `.answer` the channel is of no use: it closes itself.
    func ask(
        _ text: String, marker: [UInt8], parts: Int, until deadline: ContinuousClock.Instant
    ) async -> Event {
        let scanner = AnswerScanner(marker: marker, parts: parts)
        let ticket = Ticket()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async {
                    self.begin(Array(text.utf8), scanner, continuation, until: deadline, cancelled: ticket.isCancelled)
                }
            }
        } onCancel: {
            queue.async {
                ticket.isCancelled = true
                if self.exchange != nil { self.give(up: .cancelled) }
            }
        }
    }

    /// Whether ssh has ended, as far as is known.
    var isEnded: Bool {
        get async {
            await withCheckedContinuation { continuation in
                queue.async { continuation.resume(returning: self.status != nil || self.killed) }
            }
        }
    }

    /// Lets the remote shell leave by the end of its input, or ends ssh after a second; returns once it is reaped.
    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                guard self.status == nil else { return continuation.resume() }
                self.closing.append(continuation)
                shutdown(self.child.input, Int32(SHUT_WR))
                self.queue.asyncAfter(deadline: .now() + 1) { self.kill() }
            }
        }
    }
}

/// Whether a caller has gone; touched on the channel's queue alone.
private final class Ticket: @unchecked Sendable {
    var isCancelled = false
}

extension Channel {
    private func begin(
        _ bytes: [UInt8], _ scanner: AnswerScanner, _ continuation: CheckedContinuation<Event, Never>,
        until deadline: ContinuousClock.Instant, cancelled: Bool
    ) {
        if let status {
            return continuation.resume(returning: .ended(status: status, errors: errorText, sent: false))
        }
        let exchange = Exchange(scanner)
        exchange.continuation = continuation
        self.exchange = exchange
        if cancelled { return give(up: .cancelled) }
        let alarm = DispatchSource.makeTimerSource(queue: queue)
        let left = deadline - ContinuousClock.now
        let nanoseconds = left.components.seconds * 1_000_000_000 + left.components.attoseconds / 1_000_000_000
        alarm.schedule(deadline: .now() + .nanoseconds(Int(max(0, nanoseconds))))
        alarm.setEventHandler { self.give(up: .late(errors: self.errorText)) }
        exchange.alarm = alarm
        alarm.activate()
        backlog += bytes
        send()
    }

    private func finish(_ event: Event) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.alarm?.cancel()
        exchange.continuation?.resume(returning: event)
    }

    /// Ends ssh: an answer that comes after all must never be taken for another question's.
    private func give(up event: Event) {
        finish(event)
        kill()
    }

    private func kill() {
        guard status == nil, !killed else { return }
        killed = true
        _ = Glibc.kill(child.process, SIGKILL)
        // The end of its output may not come: a stopped master holds copies of these streams.
        reap()
    }

    private var errorText: String { String(decoding: errors, as: UTF8.self) }
}

extension Channel {
    private func listen() {
        listen(to: child.output) { self.takeOutput() }
        listen(to: child.errors) { self.takeErrors() }
    }

    private func listen(to descriptor: Int32, _ take: @escaping () -> Void) {
        let reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
        reader.setEventHandler(handler: take)
        reader.setCancelHandler { self.released() }
        readers.append(reader)
        live += 1
        reader.activate()
    }

    private func takeOutput() {
        let ended = Self.drain(child.output) { bytes in
            guard let exchange = self.exchange else { return }
            exchange.scanner.add(bytes)
        }
        if let exchange {
            if exchange.scanner.isTooLarge {
                give(up: .tooLarge)
            } else if exchange.scanner.isComplete {
                finish(.answer(exchange.scanner.parts))
            }
        }
        if ended && !readers[0].isCancelled {
            readers[0].cancel()
            reap()
        }
    }

    /// Only the latest words are kept: they say why ssh ended.
    private func takeErrors() {
        let ended = Self.drain(child.errors) { bytes in
            self.errors.append(contentsOf: bytes)
            if self.errors.count > 16384 { self.errors.removeFirst(self.errors.count - 16384) }
        }
        if ended { readers[1].cancel() }
    }

    /// ssh is ending, or was killed: its status is asked for, ever less often, and it is killed after two seconds.
    private func reap() {
        guard !reaping else { return }
        reaping = true
        reap(after: 1, waited: 0)
    }

    private func reap(after milliseconds: Int, waited: Int) {
        guard let status = child.ended() else {
            if waited > 2000 { kill() }
            return queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
                self.reap(after: min(50, milliseconds * 2), waited: waited + milliseconds)
            }
        }
        if !readers[1].isCancelled { takeErrors() }
        self.status = status
        finish(.ended(status: status, errors: errorText, sent: true))
        readers.forEach { $0.cancel() }
        writer?.cancel()
        if live == 0 { closeDescriptors() }
        closing.forEach { $0.resume() }
        closing = []
    }

    private func released() {
        live -= 1
        if live == 0 && status != nil { closeDescriptors() }
    }

    private func closeDescriptors() {
        for descriptor in [child.input, child.output, child.errors] { Glibc.close(descriptor) }
        readers = []
    }

    /// Reads what is there; true at the end.
    private static func drain(_ descriptor: Int32, _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                take(buffer[..<count])
            } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
                return true
            } else if errno == EAGAIN {
                return false
            }
        }
    }

    private func send() {
        while !backlog.isEmpty {
            let count = backlog.withUnsafeBytes {
                Glibc.send(child.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count >= 0 {
                backlog = backlog.dropFirst(count)
            } else if errno == EAGAIN {
                return sendWhenWritable()
            } else if errno != EINTR {
                // ssh is gone: the end of its output says the rest.
                backlog = []
            }
        }
        backlog = []
        writer?.cancel()
        writer = nil
    }

    private func sendWhenWritable() {
        guard writer == nil, status == nil else { return }
        let writer = DispatchSource.makeWriteSource(fileDescriptor: child.input, queue: queue)
        writer.setEventHandler { self.send() }
        writer.setCancelHandler { self.released() }
        self.writer = writer
        live += 1
        writer.activate()
    }
}
