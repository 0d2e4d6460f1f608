internal import ClusterModel
internal import HostAccess

/// An open `sh` on a host under one account. Used by one caller at a time, who is given it by `OpenSSHShell`.
final class Session: @unchecked Sendable {
    let route: AccountRoute
    let channel: Channel
    private let destination: Destination
    private var batches = 0
    /// It turned out to be closed before anything was sent or ran: another one may be tried.
    private(set) var isStale = false
    /// No answer came in time, although the remote side should have ended the batch by then.
    private(set) var isHung = false
    /// Which of its host's connections it is on: how many had been given up before it was opened.
    var connection = 0

    private init(_ route: AccountRoute, _ channel: Channel, _ destination: Destination) {
        self.route = route
        self.channel = channel
        self.destination = destination
    }

    /// Starts ssh and waits until the remote shell answers. Nothing of the caller's has been sent until then.
    static func open(
        _ route: AccountRoute, to destination: Destination, until end: ContinuousClock.Instant
    ) async throws(ShellFailure) -> Session {
        let host = destination.host.name
        let channel: Channel
        do {
            channel = Channel(try ChildProcess(destination.arguments(command: route.command)))
        } catch {
            throw ShellFailure(
                .unreachable, host: host, "\(host): the ssh program could not be started: \(error.reason).")
        }
        let marker = RemoteProtocol.Marker()
        let opening = RemoteProtocol.opening(route, marker: marker)
        switch await channel.ask(opening, marker: marker.bytes, parts: 0, until: end) {
        case .answer:
            return Session(route, channel, destination)
        case .ended(let status, let errors, _):
            throw destination.failure(status: status, errors: errors, route: route)
        case .late(let errors):
            throw destination.slow(errors)
        case .tooLarge:
            throw destination.failure(status: 1, errors: "it prints without end when logged in to", route: .direct)
        case .cancelled:
            throw ShellFailure(.cancelled, host: host, "\(host): stopped while connecting to \(destination.place).")
        }
    }

    /// - Parameter isMoment: the remote side does not watch over them.
    func run(
        _ scripts: [String], isImmediate: Bool = false, until end: ContinuousClock.Instant
    ) async throws(ShellFailure) -> [ShellResult] {
        isStale = false
        batches += 1
        let left = end - ContinuousClock.now
        // The remote side ends first, so that its answer says so and the connection is not suspected.
        let seconds = max(0.05, left.inSeconds - min(0.3, left.inSeconds / 10))
        let marker = RemoteProtocol.Marker()
        let text =
            isImmediate
            ? RemoteProtocol.moments(scripts, number: batches, marker: marker)
            : RemoteProtocol.batch(scripts, number: batches, seconds: seconds, marker: marker)
        let host = destination.host.name
        switch await channel.ask(text, marker: marker.bytes, parts: 1 + 2 * scripts.count, until: end) {
        case .answer(let parts):
            return try results(parts, scripts: scripts.count)
        case .ended(let status, let errors, let sent):
            isStale = !sent || status == RemoteProtocol.directoryGone
            throw lost(" (status \(status): \(Destination.gist(of: errors)))")
        case .late:
            isHung = true
            throw ShellFailure(
                .outcomeUnknown, host: host,
                "\(host): \(destination.place) gave no answer within the time; whether the command ran is unknown.")
        case .tooLarge:
            throw ShellFailure(
                .outcomeUnknown, host: host,
                "\(host): a command on \(destination.place) ran and printed more than 16 MiB; its answer was dropped.")
        case .cancelled:
            throw ShellFailure(
                .cancelled, host: host,
                "\(host): stopped while a command ran on \(destination.place); it ends there by its deadline.")
        }
    }

    /// The connection ended in the middle of a batch.
    func lost(_ detail: String) -> ShellFailure {
        ShellFailure(
            .outcomeUnknown, host: destination.host.name,
            """
            \(destination.host.name): the connection to \(destination.place) was lost while a command ran\(detail); \
            whether it ran to its end is unknown.
            """)
    }

    private func results(_ parts: [[UInt8]], scripts: Int) throws(ShellFailure) -> [ShellResult] {
        let host = destination.host.name
        switch RemoteProtocol.parse(parts, scripts: scripts) {
        case .results(let results):
            return results
        case .ended:
            throw ShellFailure(
                .outcomeUnknown, host: host,
                "\(host): a command on \(destination.place) was ended at its deadline; what it had done is unknown."
            )
        case .incomplete(let status):
            throw ShellFailure(
                .outcomeUnknown, host: host,
                """
                \(host): a batch on \(destination.place) broke off (status \(status ?? -1)): it was killed, \
                `timeout` is missing, or there was no room for its output.
                """)
        }
    }
}

extension Duration {
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
