import HostAccess

/// One psql on PgBouncer's console that stays open while clients are held: its start, ten milliseconds on each host,
/// would be clients' time, twice. It reads from one named pipe and answers into another, in a directory of its account
/// alone, and ends by itself soon after it could be needed, whatever has become of pgregent.
///
/// What is given to it starts no program and no further shell: on many hosts at once each would be clients' time as well. So
/// the deadline of a command is kept by a watcher beside it, which was started before and looks every second; it also ends
/// the console after its last command, when clients run again.
///
/// Nothing rests on it: where it is not there, each command starts a psql of its own.
struct HeldConsole {
    /// Defines `find_console`.
    let console: ShellProgram
    /// Seconds that the commands with a deadline may take.
    let deadline: Int64

    /// Starts it and waits for its first word.
    /// - Parameter seconds: how long it may live.
    func open(seconds: Int64) -> ShellProgram {
        let live = ShellProgram(Scripts.holdConsole, ["seconds": String(seconds), "deadline": String(deadline)])
        return ShellProgram(Scripts.openConsole, ["live": live.description], after: [console])
    }

    /// Gives these commands one after the other, the last that there are.
    func letGo(_ commands: [String]) -> ShellProgram {
        ShellProgram(Scripts.letGo, words: commands, after: [asking(seconds: 10)])
    }

    /// The same with the deadline, which is kept to a second more, and once in a console's life: the status is 124 when it has
    /// passed, and then the console is given up.
    func pause(_ commands: [String], blocker: String) -> ShellProgram {
        ShellProgram(
            Scripts.pause, ["blocker": blocker, "pause_seconds": String(deadline)], words: commands,
            after: [asking(seconds: deadline)])
    }

    private func asking(seconds: Int64) -> ShellProgram {
        ShellProgram(Scripts.heldConsole, ["plain_seconds": String(seconds)], after: [console])
    }
}
