private import Glibc
private import Polling

/// One running ssh program, to which text is sent and whose marked answers are read.
///
/// No thread ever waits. The child is reaped and its descriptors are closed by the channel itself, also when nobody
/// asks for it any more.
actor Channel {
    enum Event: Sendable {
        case answer([[UInt8]])
        /// ssh ended; `sent` tells whether any of the text had been handed over.
        case ended(status: Int32, errors: String, sent: Bool)
        case late(errors: String)
        case tooLarge
        case cancelled
    }

    /// A question that is waiting for its answer.
    private struct Exchange {
        let number: Int
        var scanner: AnswerScanner
        let continuation: CheckedContinuation<Event, Never>
        /// Gives up at the deadline.
        let alarm: Task<Void, Never>
        var sent = false
    }

    private let child: ChildProcess
    private var exchange: Exchange?
    private var questions = 0
    /// What still has to be sent, and who sends it once the child takes more.
    private var backlog: ArraySlice<UInt8> = []
    private var sender: Task<Void, Never>?
    /// Reads the child's output until its end.
    private var listener: Task<Void, Never>?
    private var errors: [UInt8] = []
    private var status: Int32?
    private var killed = false
    private var closing: [CheckedContinuation<Void, Never>] = []

    init(_ child: ChildProcess) {
        self.child = child
        Task { await accompany() }
    }

    /// Sends `text` and waits for an answer of `parts` parts. One at a time.
    ///
    /// After anything but `.answer` the channel is of no use: it closes itself.
    func ask(
        _ text: String, marker: [UInt8], parts: Int, until deadline: ContinuousClock.Instant
    ) async -> Event {
        if let status { return .ended(status: status, errors: errorText, sent: false) }
        questions += 1
        let number = questions
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let alarm = Task {
                    if await ReadinessPoller.shared.sleep(until: deadline) { self.giveUp(on: number, isLate: true) }
                }
                exchange = Exchange(
                    number: number, scanner: AnswerScanner(marker: marker, parts: parts), continuation: continuation,
                    alarm: alarm)
                // A cancellation that came before the line above found nothing to give up.
                if Task.isCancelled { return giveUp(on: number, isLate: false) }
                backlog += Array(text.utf8)
                if sender == nil { send() }
            }
        } onCancel: {
            Task { await self.giveUp(on: number, isLate: false) }
        }
    }

    /// Whether ssh has ended, as far as is known.
    var isEnded: Bool { status != nil || killed }

    /// Lets the remote shell leave by the end of its input, or ends ssh after a second; returns once it is reaped.
    func close() async {
        guard status == nil else { return }
        shutdown(child.input, Int32(SHUT_WR))
        let alarm = Task {
            if await ReadinessPoller.shared.sleep(until: .now + .seconds(1)) { self.kill() }
        }
        await withCheckedContinuation { closing.append($0) }
        alarm.cancel()
    }
}

extension Channel {
    /// The child's whole life: its streams are read until their end or its own, and only then closed.
    private func accompany() async {
        let reader = Task { await self.takeErrors() }
        let listener = Task { await self.takeOutput() }
        self.listener = listener
        // It may have been given up before this began.
        if killed { listener.cancel() }
        await listener.value
        let status = await reap()
        reader.cancel()
        await reader.value
        // Its last words; a stopped master holds a copy of this stream, whose end may never come.
        _ = drainErrors()
        finish(.ended(status: status, errors: errorText, sent: exchange?.sent ?? false))
        sender?.cancel()
        await sender?.value
        for descriptor in [child.input, child.output, child.errors] { Glibc.close(descriptor) }
        closing.forEach { $0.resume() }
        closing = []
    }

    /// ssh is ending, or was killed: its status is asked for, ever less often, and it is killed after two seconds.
    private func reap() async -> Int32 {
        let began = ContinuousClock.now
        var pause = Duration.milliseconds(1)
        while true {
            if let ended = child.ended() {
                // From here on its number may be another process's.
                status = ended
                return ended
            }
            if began.duration(to: .now) > .seconds(2) { kill() }
            _ = await ReadinessPoller.shared.sleep(until: .now + pause)
            pause = min(.milliseconds(50), pause * 2)
        }
    }

    private func kill() {
        guard status == nil, !killed else { return }
        killed = true
        _ = Glibc.kill(child.process, SIGKILL)
        // The end of its output may not come: a stopped master holds copies of these streams.
        listener?.cancel()
    }

    /// Ends ssh: an answer that comes after all must never be taken for another question's.
    private func giveUp(_ event: Event) {
        finish(event)
        kill()
    }

    private func giveUp(on number: Int, isLate: Bool) {
        guard exchange?.number == number else { return }
        giveUp(isLate ? .late(errors: errorText) : .cancelled)
    }

    private func finish(_ event: Event) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.alarm.cancel()
        exchange.continuation.resume(returning: event)
    }

    private var errorText: String { String(decoding: errors, as: UTF8.self) }
}

extension Channel {
    private func takeOutput() async {
        while await isReadable(child.output) {
            let ended = Self.drain(child.output) { exchange?.scanner.add($0) }
            if let scanner = exchange?.scanner {
                if scanner.isTooLarge {
                    giveUp(.tooLarge)
                } else if scanner.isComplete {
                    finish(.answer(scanner.parts))
                }
            }
            if ended { return }
        }
    }

    private func takeErrors() async {
        while await isReadable(child.errors) {
            if drainErrors() { return }
        }
    }

    /// Only the latest words are kept: they say why ssh ended. True at the end of the stream.
    private func drainErrors() -> Bool {
        Self.drain(child.errors) {
            errors.append(contentsOf: $0)
            if errors.count > 16384 { errors.removeFirst(errors.count - 16384) }
        }
    }

    /// Returns once there is something to read, or the end; false when the wait was cancelled.
    private func isReadable(_ descriptor: Int32) async -> Bool {
        while !Task.isCancelled {
            let limit = ContinuousClock.now + .seconds(3600)
            if await ReadinessPoller.shared.wait(for: .read, on: descriptor, until: limit) == .ready { return true }
        }
        return false
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
        sender = nil
        // Once it has ended, its descriptors are being closed.
        while status == nil, !backlog.isEmpty {
            let count = backlog.withUnsafeBytes {
                Glibc.send(child.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count >= 0 {
                exchange?.sent = true
                backlog = backlog.dropFirst(count)
            } else if errno == EAGAIN {
                sender = Task { await self.sendWhenWritable() }
                return
            } else if errno != EINTR {
                // ssh is gone: the end of its output says the rest.
                break
            }
        }
        backlog = []
    }

    private func sendWhenWritable() async {
        let limit = ContinuousClock.now + .seconds(3600)
        if await ReadinessPoller.shared.wait(for: .write, on: child.input, until: limit) == .cancelled { return }
        send()
    }
}
