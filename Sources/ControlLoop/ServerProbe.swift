import ClusterModel
import HostAccess
import PostgreSQL
import Repmgr

/// Asks one server what it is.
struct ServerProbe: Sendable {
    let spec: ClusterSpec
    let node: NodeSpec
    let doors: any Doors
    let observer: PostgreSQL.Observer
    /// One last question to a server that is known to be silent.
    var isHurried = false

    struct Answer: Sendable {
        var facts: Seen<ServerFacts>
        var registry: Seen<[Record]>
        var login: PostgreSQL.Observed.Login

        /// Somebody was there, whatever was said.
        var hasAnswered: Bool {
            switch login {
            case .accepted: true
            case .failed(let kind, _): [.refused, .loginRejected, .notAccepting, .statement].contains(kind)
            }
        }
    }

    /// What is known where it is not asked, since it has not answered for a while.
    var notAsked: Answer {
        let message = "\(node.name): PostgreSQL has not answered for a while"
        return Answer(
            facts: .unknown(reason: message), registry: .unknown(reason: message),
            login: .failed(.unreachable, message: message))
    }

    /// Long enough for a slow answer, short enough that a silent node does not hold up the probe of the others.
    private var deadline: Duration {
        isHurried ? .milliseconds(300) : max(node.ssh.connectTimeout, spec.failover.responseTimeout)
    }

    /// Seconds: longer than a disk under load needs.
    private static let longFlush = 5

    private var statements: [String] { observer.statements + [Repmgr.Observer.statement] }

    /// Everything in one round trip. repmgr's table is asked last, since a server without the extension stops there.
    func overLibpq() async -> Answer {
        do throws(SQLFailure) {
            let results = try await doors.sql(node, database: spec.repmgr.database).query(
                statements.joined(separator: ";\n"), deadline: deadline)
            return await answer(results, login: .accepted)
        } catch {
            if error.kind == .statement, error.results.count == statements.count - 1 {
                return await answer(error.results, login: .accepted)
            }
            return Answer(
                facts: .unknown(reason: error.message), registry: .unknown(reason: error.message),
                login: .failed(error.kind, message: error.message))
        }
    }

    private func answer(_ results: [SQLResult], login: PostgreSQL.Observed.Login) async -> Answer {
        guard var facts = observer.serverFacts(results.map { $0 }, doors: doors) else {
            let reason = "\(node.name) answered, but not to the question for its identity"
            return Answer(facts: .unknown(reason: reason), registry: .unknown(reason: reason), login: login)
        }
        let registry = results.count == statements.count ? results.last : nil
        if !facts.inRecovery, let grants = observer.grantsStatement,
            let result = try? await doors.sql(node, database: PostgreSQL.Desired.backupDatabase).query(
                grants, deadline: deadline
            ).first
        {
            facts.backupGrants = Set(result.rows.compactMap { $0.first.flatMap { $0 } })
        }
        facts.storageHangs = await storageHangs(facts)
        return Answer(facts: .known(facts), registry: .known(Repmgr.Observer.registry(registry)), login: login)
    }

    /// A commit that waits for the disk for long is asked about once more, after as long as an answer may take: a disk that
    /// is merely busy has got on by then.
    private func storageHangs(_ facts: ServerFacts) async -> Bool {
        let patience = spec.failover.responseTimeout
        guard let flushing = facts.flushing, flushing.seconds >= Self.longFlush else { return false }
        try? await doors.clock.sleep(for: patience)
        let answer = try? await doors.sql(node, database: spec.repmgr.database).query(
            PostgreSQL.Observer.stillFlushing(flushing), deadline: deadline)
        return answer?.first?.rows.first?.first == "t"
    }

    /// The same questions through psql on the host, as the server's own superuser.
    func onHost(after failed: Answer) async -> Answer {
        let server = NodeLayout(node).localServer
        let inRepmgr = HostSQL.ask(statements, database: spec.repmgr.database, server: server)
        let inPostgres = HostSQL.ask(observer.statements, database: "postgres", server: server)
        let script = "\(inRepmgr)\n[ $? = 2 ] && \(inPostgres)\nexit 0"
        let shell = doors.shell(node.hostSpec)
        guard
            let result = try? await shell.run(
                [ShellScript(.named(node.postgresql.osUser), script)], deadline: spec.reconcile.commandTimeout
            ).first
        else {
            return failed
        }
        let results = HostSQL.results(result.output)
        guard var facts = observer.serverFacts(results, doors: doors) else {
            var answer = failed
            if let complaint = result.errors.split(separator: "\n").last {
                answer.facts = .unknown(reason: String(complaint))
            }
            return answer
        }
        if !facts.inRecovery, let grants = observer.grantsStatement {
            let ask = HostSQL.ask([grants], database: PostgreSQL.Desired.backupDatabase, server: server)
            let answer = try? await shell.run(
                [ShellScript(.named(node.postgresql.osUser), ask)], deadline: spec.reconcile.commandTimeout
            ).first
            facts.backupGrants = answer.flatMap { HostSQL.results($0.output).first.flatMap { $0 } }.map {
                Set($0.rows.compactMap { $0.first.flatMap { $0 } })
            }
        }
        let registry = results.count == statements.count ? results[statements.count - 1] : nil
        return Answer(facts: .known(facts), registry: .known(Repmgr.Observer.registry(registry)), login: failed.login)
    }

    func size() async -> UInt64? {
        let server = NodeLayout(node).localServer
        let ask = ShellScript(
            .named(node.postgresql.osUser),
            HostSQL.ask([PostgreSQL.Observer.sizeStatement], database: "postgres", server: server))
        let result = try? await doors.shell(node.hostSpec).run([ask], deadline: spec.reconcile.commandTimeout).first
        return result.flatMap { HostSQL.results($0.output).first.flatMap { $0 } }?.records.first?["bytes"].flatMap {
            UInt64($0)
        }
    }
}
