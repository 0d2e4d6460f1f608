import Glibc
import RealDoors

/// The way to the daemon that holds the cluster, as the caller of a command has it.
struct DaemonsDoor {
    let cluster: String

    /// Hands it the command and shows what comes back.
    ///
    /// - Returns: its exit status; nil where no daemon listens, or not to us.
    func hand(_ command: HandedCommand) async -> ExitStatus? {
        guard let socket = connect() else { return nil }
        defer { socket.close() }
        socket.send(command)
        let signals = Signals(
            first: "the daemon finishes the steps in hand, then stops (once more: do not wait)",
            second: "not waiting any longer; the daemon finishes what is in hand"
        ) { socket.send(CallersWord(stop: true)) }
        defer { signals.cancel() }
        for await word in socket.messages(DaemonsWord.self) {
            if let out = word.out { Terminal.print(out) }
            if let err = word.err { Terminal.error(err, terminator: "") }
            if let question = word.question {
                Terminal.error(question, terminator: "")
                socket.send(CallersWord(answer: readLine() ?? ""))
            }
            if let exit = word.exit { return ExitStatus(rawValue: exit) ?? .error }
        }
        Terminal.error("pgregent: the daemon has gone before it said how the command ended: see `pgregent events`")
        return .error
    }

    private func connect() -> LineSocket? {
        for directory in Places.socketDirectories(isDaemon: false) {
            if let socket = LineSocket.connect(to: CommandPlace.path(in: directory, cluster: cluster)) { return socket }
        }
        return nil
    }

    /// What to do where nobody could be asked.
    static var remedy: String {
        "it cannot be asked from here: as its own account or as a member of group \(CommandPlace.group) a daemon is, where \(Places.commonSocketDirectory) is its own; otherwise wait for its end, or stop it"
    }
}
