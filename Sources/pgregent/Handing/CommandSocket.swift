import ClusterModel
import ControlLoop
import Execution
import FoundationEssentials
import Glibc
import HostAccess
import Logging
import Polling
import RealDoors
import Synchronization

/// The daemon's socket for people on its machine: the commands that they hand to it are done in its turns.
final class CommandSocket: Sendable {
    private struct State {
        var spec: ClusterSpec
        var stops: [Int: StopRequest] = [:]
        var last = 0
        var isOver = false
    }

    private let descriptor: Int32
    let path: String
    private let turns: Turns
    private let logger: Logger
    private let state: Mutex<State>

    /// Listens at the first of the places where that is possible.
    ///
    /// - Throws: `Failure` where it is possible nowhere.
    init(_ spec: ClusterSpec, turns: Turns, logger: Logger) throws {
        self.turns = turns
        self.logger = logger
        state = Mutex(State(spec: spec))
        var problems: [String] = []
        for directory in Places.socketDirectories(isDaemon: true) {
            let path = CommandPlace.path(in: directory, cluster: spec.cluster)
            if let descriptor = Self.listen(at: path) {
                self.descriptor = descriptor
                self.path = path
                return
            }
            problems.append("\(path): \(String(cString: strerror(errno)))")
        }
        throw Failure("no socket for commands can be made: \(problems.joined(separator: "; "))")
    }

    /// Those of its group may write to it, whoever else they are.
    private static func listen(at path: String) -> Int32? {
        guard let address = UnixAddress(path) else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        // The cluster's lock is ours: whoever left one there is gone.
        unlink(path)
        let mask = umask(0o117)
        let failed = address.withPointer { bind(descriptor, $0, $1) }
        umask(mask)
        guard failed == 0, Glibc.listen(descriptor, 16) == 0 else {
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return nil
        }
        if let group = getgrnam(CommandPlace.group) { chown(path, uid_t.max, group.pointee.gr_gid) }
        return descriptor
    }

    /// A new version of the file counts for commands that come from now on.
    func use(_ spec: ClusterSpec) {
        state.withLock { $0.spec = spec }
    }

    /// Takes commands until it is closed.
    func start() {
        DetachedThread.run { [self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection >= 0 {
                    fcntl(connection, F_SETFD, FD_CLOEXEC)
                    let caller = LineSocket(descriptor: connection)
                    Task { await serve(caller) }
                } else if errno != EINTR, errno != ECONNABORTED {
                    Glibc.close(descriptor)
                    return
                }
            }
        }
    }

    /// Nobody is served any more; the steps in hand are finished.
    func close() {
        let stops = state.withLock { state in
            state.isOver = true
            return state.stops.values
        }
        for stop in stops { stop.request() }
        turns.end()
        shutdown(descriptor, Int32(SHUT_RDWR))
        unlink(path)
    }

    private func serve(_ caller: LineSocket) async {
        let audience = CallersAudience(caller)
        guard let command = await audience.command() else { return caller.close() }
        let stop = StopRequest()
        let (spec, id) = state.withLock { state in
            state.last += 1
            if state.isOver { stop.request() }
            state.stops[state.last] = stop
            return (state.spec, state.last)
        }
        logger.notice(
            "command",
            metadata: [
                "command": "\(command.kind.rawValue)", "to": "\(command.to ?? "-")", "by": "\(command.account)",
            ])
        let status = await run(command, spec, audience, stop)
        logger.notice("command ended", metadata: ["command": "\(command.kind.rawValue)", "exit": "\(status.rawValue)"])
        state.withLock { $0.stops[id] = nil }
        caller.send(DaemonsWord(exit: status.rawValue))
        caller.close()
    }

    private func run(
        _ command: HandedCommand, _ spec: ClusterSpec, _ audience: CallersAudience, _ stop: StopRequest
    ) async -> ExitStatus {
        audience.stopsOn(stop)
        var run = ChangeRun(spec: spec, yes: command.yes, json: command.json)
        run.audience = audience
        run.asker = command.account
        switch command.kind {
        case .switchover: run.request = .command(to: command.to)
        case .failover:
            run.request = nil
            run.failover = .command(to: command.to, acceptDataLoss: command.acceptDataLoss)
        }
        do {
            if let to = command.to { _ = try spec.declared(to) }
            return try await run.run(in: turns, stop)
        } catch let status as ExitStatus {
            return status
        } catch let failure as Failure {
            audience.tell("pgregent: \(failure.message)")
        } catch {
            audience.tell("pgregent: \(error)")
        }
        return .error
    }
}

/// Where the daemon's socket is.
enum CommandPlace {
    static let group = "pgregent"

    static func path(in directory: String, cluster: String) -> String {
        "\(directory)/\(FileName.encoded(cluster)).sock"
    }
}
