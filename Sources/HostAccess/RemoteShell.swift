package import ClusterModel

/// A POSIX shell on one host, kept open between observations.
///
/// Scripts and their input travel on the session's standard input, never in an argument list, so that a secret in a
/// script is not seen by `ps` on either side.
package protocol RemoteShell: Sendable {
    /// Runs every script of the batch in one round trip, one after the other; each has its own result, and a failure
    /// of one does not keep the others from running.
    ///
    /// - Parameter deadline: for the whole batch. The remote side is told to end each script by then too.
    /// - Throws: `ShellFailure` when no result came: then it is unknown whether anything ran, unless the failure says.
    func run(_ batch: [ShellScript], deadline: Duration) async throws(ShellFailure) -> [ShellResult]

    /// Runs one script on a connection of its own, for what takes long (a clone), so that observations are not held up.
    func runAlone(_ script: ShellScript, deadline: Duration) async throws(ShellFailure) -> ShellResult

    /// Closes the sessions; the master connection may stay for the next run of pgregent.
    func close() async
}

/// A script for `sh`, and the account that it runs as.
package struct ShellScript: Hashable, Sendable {
    package var account: Account
    package var script: String
    /// It takes a moment, or what it waits for ends by itself: nobody watches over it on the host, and it starts no program
    /// but its own. For what clients wait for on many hosts at once.
    package var isImmediate: Bool

    package init(_ account: Account, _ script: String, isImmediate: Bool = false) {
        self.account = account
        self.script = script
        self.isImmediate = isImmediate
    }
}

/// What a script left behind.
package struct ShellResult: Hashable, Sendable {
    package var status: Int32
    package var output: String
    package var errors: String

    package init(status: Int32, output: String, errors: String) {
        self.status = status
        self.output = output
        self.errors = errors
    }

    package var succeeded: Bool { status == 0 }
}

/// Why there is no result of a remote script.
package struct ShellFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable, Codable {
        /// No connection within the time: nothing ran.
        case unreachable
        /// The name does not resolve: nothing ran.
        case nameResolution
        /// The host answered, but refused the key or the account: nothing ran.
        case accessDenied
        /// The host's key is not the pinned one, or none is pinned: nothing ran.
        case hostKey
        /// The account cannot become the one that the script needs: that script did not run.
        case account
        /// The connection was lost, or the deadline passed, after scripts were sent: unknown outcome.
        case outcomeUnknown
        /// pgregent is stopping.
        case cancelled
    }

    package var kind: Kind
    package var host: HostName
    /// What was tried and what came back, in one or two sentences.
    package var message: String

    package init(_ kind: Kind, host: HostName, _ message: String) {
        self.kind = kind
        self.host = host
        self.message = message
    }

    package var description: String { message }
}

extension ShellResult {
    /// The last lines of what a command said, as one line: the end says why it ended.
    package var complaint: String {
        let text = errors.isEmpty ? output : errors
        let lines = text.split(separator: "\n").map(\.trimmed).filter { !$0.isEmpty }
        let last = lines.suffix(6).joined(separator: " | ")
        return "exit status \(status)" + (last.isEmpty ? "" : ": \(last.prefix(1200))")
    }
}
