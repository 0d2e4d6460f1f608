package import ClusterModel
package import HostAccess

/// `RemoteShell` over the ssh program: one master connection per host, which outlives pgregent for ten minutes, and up
/// to four sessions in it, each an open `sh` under one account that is sent batch after batch.
///
/// A batch for several accounts is sent in as many parts, in order. Nothing is shared between hosts.
package actor OpenSSHShell: RemoteShell {
    let destination: Destination
    let master: MasterConnection
    private let runtimeDirectory: String
    /// Sessions are shared by this many callers; sshd allows ten in a connection by default.
    private let slots = Permits(4)
    /// Without a master, one caller makes it and the others wait, rather than each making a connection.
    private let connecting = Permits(1)
    private var idle: [Session] = []
    private var busy = 0
    /// How many connections were given up since a session on them hung.
    private var retired = 0

    /// - Parameters:
    ///   - runtimeDirectory: for the control socket; made when missing, and refused unless private to the account.
    ///   - home: the account's home directory, for `~/` in the file's paths.
    package init(_ host: HostSpec, runtimeDirectory: String, home: String) {
        self.runtimeDirectory = runtimeDirectory
        destination = Destination(host: host, runtimeDirectory: runtimeDirectory, home: home)
        master = MasterConnection(path: destination.controlPath)
    }

    package func run(_ batch: [ShellScript], deadline: Duration) async throws(ShellFailure) -> [ShellResult] {
        let end = ContinuousClock.now + deadline
        let groups = try grouped(batch)
        // A refused account must be known before the first script runs.
        if groups.count > 1 {
            for route in Set(groups.map(\.route)) where !idle.contains(where: { $0.route == route }) {
                try await withSession(route, until: end) { _ throws(ShellFailure) in }
            }
        }
        var results: [ShellResult] = []
        for group in groups {
            do {
                results += try await withSession(group.route, until: end) { session throws(ShellFailure) in
                    try await session.run(group.scripts, isImmediate: group.isImmediate, until: end)
                }
            } catch {
                guard !results.isEmpty, error.kind != .cancelled else { throw error }
                throw ShellFailure(
                    .outcomeUnknown, host: destination.host.name,
                    "\(error.message) (\(results.count) of \(batch.count) scripts of this batch had run before.)")
            }
        }
        return results
    }

    package func runAlone(_ script: ShellScript, deadline: Duration) async throws(ShellFailure) -> ShellResult {
        let end = ContinuousClock.now + deadline
        let route = try AccountRoute(script.account, on: destination.host)
        let session = try await open(route, until: end)
        defer { Task { await session.channel.close() } }
        guard let result = try await session.run([script.script], until: end).first else { throw session.lost("") }
        return result
    }

    package func close() async {
        let sessions = idle
        idle = []
        await withTaskGroup(of: Void.self) { group in
            for session in sessions { group.addTask { await session.channel.close() } }
        }
    }

    /// Closes the sessions and ends the master connection too.
    package func stopMaster() async {
        await close()
        master.end()
    }
}

extension OpenSSHShell {
    /// Scripts that go in one piece.
    private struct Group {
        let route: AccountRoute
        let isImmediate: Bool
        var scripts: [String]
    }

    private func grouped(_ batch: [ShellScript]) throws(ShellFailure) -> [Group] {
        var groups: [Group] = []
        for script in batch {
            let route = try AccountRoute(script.account, on: destination.host)
            if let last = groups.last, last.route == route, last.isImmediate == script.isImmediate {
                groups[groups.count - 1].scripts.append(script.script)
            } else {
                groups.append(Group(route: route, isImmediate: script.isImmediate, scripts: [script.script]))
            }
        }
        return groups
    }

    /// Lends a session, an idle one if there is; takes it back only if it is still good.
    private func withSession<Result: Sendable>(
        _ route: AccountRoute, until end: ContinuousClock.Instant,
        _ body: (Session) async throws(ShellFailure) -> Result
    ) async throws(ShellFailure) -> Result {
        try await acquire(slots, until: end)
        busy += 1
        do {
            let result = try await lend(route, until: end, body)
            busy -= 1
            await slots.release()
            return result
        } catch {
            busy -= 1
            await slots.release()
            throw error
        }
    }

    private func lend<Result: Sendable>(
        _ route: AccountRoute, until end: ContinuousClock.Instant,
        _ body: (Session) async throws(ShellFailure) -> Result
    ) async throws(ShellFailure) -> Result {
        while let session = await take(route) {
            do {
                return try await use(session, body)
            } catch  where session.isStale {
                // It had ended between two calls (sshd restarted, say): nothing ran.
                continue
            }
        }
        let connection = retired
        let session = try await open(route, until: end)
        session.connection = connection
        return try await use(session, body)
    }

    private func use<Result: Sendable>(
        _ session: Session, _ body: (Session) async throws(ShellFailure) -> Result
    ) async throws(ShellFailure) -> Result {
        do {
            let result = try await body(session)
            idle.append(session)
            return result
        } catch {
            var lost = [session]
            if session.isHung, session.connection == retired {
                // What is idle waits on the same connection; when that comes back, it may end just then, as ssh's own time is up.
                retired += 1
                master.retire()
                lost += idle
                idle = []
            }
            for session in lost { Task { await session.channel.close() } }
            throw error
        }
    }

    /// An idle session of this account; when there is none, room is made for one.
    private func take(_ route: AccountRoute) async -> Session? {
        while let index = idle.lastIndex(where: { $0.route == route }) {
            let session = idle.remove(at: index)
            if await !session.channel.isEnded { return session }
        }
        while idle.count + busy > 4, !idle.isEmpty {
            let oldest = idle.removeFirst()
            Task { await oldest.channel.close() }
        }
        return nil
    }

    private func acquire(_ permits: Permits, until end: ContinuousClock.Instant) async throws(ShellFailure) {
        do {
            try await permits.acquire(until: end)
        } catch {
            let host = destination.host.name
            switch error {
            case .cancelled:
                throw ShellFailure(.cancelled, host: host, "\(host): pgregent is stopping; nothing ran.")
            case .late:
                throw ShellFailure(
                    .unreachable, host: host,
                    "\(host): no session to \(destination.place) was free within the time; nothing ran.")
            }
        }
    }
}

extension OpenSSHShell {
    /// A new session: through the master where one listens, otherwise along with a new master.
    private func open(_ route: AccountRoute, until end: ContinuousClock.Instant) async throws(ShellFailure) -> Session {
        if let problem = destination.problem {
            throw ShellFailure(.nameResolution, host: destination.host.name, "\(destination.host.name): \(problem).")
        }
        if let problem = privateDirectoryProblem(runtimeDirectory) {
            throw ShellFailure(.unreachable, host: destination.host.name, "\(destination.host.name): \(problem).")
        }
        // A master that is cut off and a connection in its stead take the time to connect together, not one after the other.
        let limit = min(end, ContinuousClock.now + destination.host.ssh.connectTimeout)
        var isSuspect = false
        if master.state() == .listening {
            if let session = try await openThroughMaster(route, limit: limit, until: end) { return session }
            isSuspect = true
        }
        try await acquire(connecting, until: end)
        do {
            let session: Session
            if master.state() == .listening, let warm = try await openThroughMaster(route, limit: limit, until: end) {
                session = warm
            } else {
                session = try await Session.open(route, to: destination, until: isSuspect ? limit : end)
            }
            await connecting.release()
            return session
        } catch {
            await connecting.release()
            throw error
        }
    }

    /// A master that gives no session within half of the time to connect is stopped or cut off: it serves nobody, and is
    /// ended. Returns nil then. Who had to wait for another caller's new master gives it a moment all the same.
    private func openThroughMaster(
        _ route: AccountRoute, limit: ContinuousClock.Instant, until end: ContinuousClock.Instant
    ) async throws(ShellFailure) -> Session? {
        let now = ContinuousClock.now
        let patience = max(.milliseconds(500), (limit - now) / 2)
        do {
            return try await Session.open(route, to: destination, until: min(end, now + patience))
        } catch {
            guard error.kind == .unreachable else { throw error }
            master.end()
            return nil
        }
    }
}
