import ClusterModel
import HostAccess
import PostgreSQL

/// Waits out the time that the file gives a primary which does not answer, asking it all the while, and asks the others
/// what they see of it. Silence seen from one place for a moment proves nothing.
struct PrimaryConfirmation: Sendable {
    let spec: ClusterSpec
    let doors: any Doors
    let node: NodeSpec

    enum Result: Sendable {
        /// It answers: there is nothing to confirm.
        case answered
        /// - Parameter hostAnswers: its host can still be looked at.
        case silent(Suspicion, hostAnswers: Bool)
    }

    private enum Event: Sendable {
        case probe(answered: Bool)
        case host(answered: Bool)
        case votes([NodeName: Suspicion.Vote])
        case windowOver
    }

    private var interval: Duration { spec.failover.reconnectInterval }
    private var attempts: Int { spec.failover.reconnectAttempts }

    /// - Parameter since: the last sign of life, by the clock's uptime; nil: it begins to count now.
    func run(since: Duration?) async -> Result {
        let begin = since ?? doors.clock.uptime
        // Where a guard is declared, a primary that is cut off has been stopped by it when another is promoted.
        let end = begin + interval * attempts + (spec.failover.guard ? PostgreSQL.Watchdog.margin : .zero)
        return await withTaskGroup(of: Event.self) { group in
            var asked = 0
            var next = doors.clock.uptime
            while next < end || asked == 0 {
                let delay = next - doors.clock.uptime
                let deadline = max(end - next, .milliseconds(100))
                group.addTask { await probe(after: delay, deadline: deadline) }
                asked += 1
                next += interval
            }
            let remaining = max(end - doors.clock.uptime, .zero)
            group.addTask { await look(deadline: max(remaining, interval)) }
            // The last thing asked, so that the answers are fresh when it is decided.
            group.addTask { await votes(after: remaining - patience) }
            group.addTask {
                try? await doors.clock.sleep(for: remaining)
                return .windowOver
            }
            return await outcome(&group, asked: max(asked, attempts), begin: begin)
        }
    }

    private func outcome(_ group: inout TaskGroup<Event>, asked: Int, begin: Duration) async -> Result {
        var votes: [NodeName: Suspicion.Vote]?
        var hostAnswers = false
        var isOver = false
        while let event = await group.next() {
            switch event {
            case .probe(true):
                group.cancelAll()
                return .answered
            case .probe(false): break
            case .host(let answered): hostAnswers = answered
            case .votes(let given): votes = given
            case .windowOver: isOver = true
            }
            if isOver, let votes {
                group.cancelAll()
                let silence = doors.clock.uptime - begin
                let suspicion = Suspicion(node: node.name, silentFor: silence, attempts: asked, votes: votes)
                return .silent(suspicion, hostAnswers: hostAnswers)
            }
        }
        return .answered
    }

    /// On a connection of its own: one that hangs says nothing about the server.
    private func probe(after delay: Duration, deadline: Duration) async -> Event {
        if delay > .zero { try? await doors.clock.sleep(for: delay) }
        let session = doors.newSession(node, database: spec.repmgr.database)
        defer { Task { await session.close() } }
        do throws(SQLFailure) {
            _ = try await session.query("SELECT 1", deadline: min(deadline, spec.failover.responseTimeout))
            return .probe(answered: true)
        } catch {
            // Whoever refuses a login, or is starting, lives.
            return .probe(answered: [.notAccepting, .loginRejected, .statement].contains(error.kind))
        }
    }

    private func look(deadline: Duration) async -> Event {
        let script = ShellScript(.named(node.postgresql.osUser), "true")
        let answer = try? await doors.shell(node.hostSpec).run([script], deadline: deadline)
        return .host(answered: answer != nil)
    }

    // MARK: votes

    private var patience: Duration { min(spec.failover.responseTimeout, interval) }
    /// For the way there and back.
    private static let slack = Duration.milliseconds(100)

    private func votes(after delay: Duration) async -> Event {
        if delay > .zero { try? await doors.clock.sleep(for: delay) }
        let voters = spec.nodes.filter { $0.ensure == .present && $0.name != node.name }
        return .votes(
            await withTaskGroup(of: (NodeName, Suspicion.Vote).self) { group in
                for voter in voters { group.addTask { (voter.name, await vote(of: voter)) } }
                group.addTask {
                    try? await doors.clock.sleep(for: patience + Self.slack)
                    return ("", .unknown(""))
                }
                var votes: [NodeName: Suspicion.Vote] = [:]
                // Who is gone too is not waited for any longer than for the primary.
                for voter in voters { votes[voter.name] = .unknown("it has not answered within \(patience)") }
                for await (name, vote) in group {
                    guard spec.node(name) != nil else { break }
                    votes[name] = vote
                    if votes.count == voters.count, !votes.values.contains(where: \.isUnknown) { break }
                }
                group.cancelAll()
                return votes
            })
    }

    /// Another node's own probe of the primary; pg_isready ends with 0 or 1 when a server answers, with 2 when none does.
    private func vote(of voter: NodeSpec) async -> Suspicion.Vote {
        let program = Quoting.shell(voter.postgresql.binDirectory + "/pg_isready")
        let seconds = Double(patience.components.seconds) + Double(patience.components.attoseconds) / 1e18
        let script =
            "timeout \(seconds) \(program) -q -t 5 -h \(Quoting.shell(node.host)) -p \(node.postgresql.port)"
        do throws(ShellFailure) {
            let results = try await doors.shell(voter.hostSpec).run(
                [ShellScript(.named(voter.postgresql.osUser), script)], deadline: patience + .seconds(1))
            switch results.first?.status {
            case 0, 1: return .sees("its server answers there")
            case 2: return .lost("pg_isready has no response")
            case 124: return .lost("pg_isready has no response within \(patience)")
            default: return .unknown(results.first?.complaint ?? "no result")
            }
        } catch {
            return .unknown(error.message)
        }
    }
}
