import Execution
import Synchronization

/// The caller of a command that the daemon does. One that has gone answers nothing; what it asked for goes on.
final class CallersAudience: Audience {
    private struct State {
        var command: HandedCommand?
        var waiter: CheckedContinuation<String?, Never>?
        var hasGone = false
        var stop: StopRequest?
        var isAskedToStop = false
    }

    private let socket: LineSocket
    private let state = Mutex(State())

    init(_ socket: LineSocket) {
        self.socket = socket
    }

    /// What it asks for; nil where it goes before it has said so. From then on it is listened to.
    func command() async -> HandedCommand? {
        var messages = socket.messages(Message.self).makeAsyncIterator()
        guard case .command(let command)? = await messages.next() else { return nil }
        state.withLock { $0.command = command }
        Task { [self, messages] in
            var messages = messages
            while let message = await messages.next() {
                guard case .word(let word) = message else { continue }
                if word.stop == true { askToStop() }
                if let answer = word.answer { take(answer) }
            }
            state.withLock { $0.hasGone = true }
            take(nil)
        }
        return command
    }

    private enum Message: Decodable, Sendable {
        case command(HandedCommand)
        case word(CallersWord)

        init(from decoder: any Decoder) throws {
            if let command = try? HandedCommand(from: decoder) {
                self = .command(command)
            } else {
                self = .word(try CallersWord(from: decoder))
            }
        }
    }

    func stopsOn(_ stop: StopRequest) {
        let isAsked = state.withLock { state in
            state.stop = stop
            return state.isAskedToStop
        }
        if isAsked { stop.request() }
    }

    private func askToStop() {
        let stop = state.withLock { state in
            state.isAskedToStop = true
            return state.stop
        }
        stop?.request()
        take(nil)
    }

    private func take(_ answer: String?) {
        let waiter = state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: answer)
    }

    // MARK: Audience

    var colour: Bool { state.withLock { $0.command?.colour ?? false } }
    var isInteractive: Bool { state.withLock { $0.command?.isInteractive ?? false } }
    var showsProgress: Bool { state.withLock { $0.command?.showsProgress ?? false } }

    func print(_ text: String) { socket.send(DaemonsWord(out: text)) }
    func tell(_ text: String, terminator: String) { socket.send(DaemonsWord(err: text + terminator)) }

    func ask(_ question: String) async -> String? {
        await withCheckedContinuation { continuation in
            let hasGone = state.withLock { state in
                if state.hasGone || state.isAskedToStop { return true }
                state.waiter = continuation
                return false
            }
            if hasGone { continuation.resume(returning: nil) } else { socket.send(DaemonsWord(question: question)) }
        }
    }
}
