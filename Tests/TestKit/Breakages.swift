package import ClusterModel
import HostAccess
import Planning
import PostgreSQL
import Repmgr
import Systems

/// What happens to servers.
extension Scenario {
    package func node(named name: NodeName) throws -> NodeSpec {
        guard let node = spec.node(name) else { throw Mistake(description: "there is no node \(name)") }
        return node
    }

    /// Its host answers, no postmaster runs, and it was shut down in order.
    package mutating func stop(_ name: NodeName) throws {
        try end(name, state: snapshot.server(name)?.inRecovery == true ? "shut down in recovery" : "shut down")
    }

    /// Its host answers, no postmaster runs, and nobody shut it down.
    package mutating func kill(_ name: NodeName) throws {
        try end(name, state: snapshot.server(name)?.inRecovery == true ? "in archive recovery" : "in production")
    }

    private mutating func end(_ name: NodeName, state: String) throws {
        _ = try node(named: name)
        let facts = snapshot.server(name)
        edit(name) { host in
            host.postmasterRuns = false
            host.dataDirectory = .cluster(
                Facts.controlData(
                    identifier: facts?.systemIdentifier ?? Self.identifier, state: state, timeline: facts?.timeline ?? 1
                ))
        }
        let message = "\(name):5432 refused the connection"
        loseServer(name, reason: message, login: .failed(.refused, message: message))
    }

    /// No answer over SSH nor over libpq; its neighbours lose it too.
    package mutating func lose(_ name: NodeName) throws {
        let node = try node(named: name)
        let message = "ssh to \(node.host) port 22: no answer within 5 s"
        let failure = ShellFailure(.unreachable, host: name, message)
        let login = "\(node.host):5432 did not answer within 5 s"
        loseServer(name, reason: login, login: .failed(.unreachable, message: login))
        snapshot.unreached[name] = failure
        snapshot.postgresql[name]?.host = .unknown(reason: message)
        snapshot.repmgr[name]?.host = .unknown(reason: message)
        if snapshot.pgbouncer[name] != nil { snapshot.pgbouncer[name] = .unknown(reason: message) }
    }

    /// A lost node is there again, writable, as it was before others went on without it.
    package mutating func comeBack(_ name: NodeName) throws {
        let before = Self.healthy(nodes: spec.nodes.count)
        snapshot.unreached[name] = nil
        snapshot.postgresql[name] = before.snapshot.postgresql[name]
        snapshot.repmgr[name] = before.snapshot.repmgr[name]
        snapshot.pgbouncer[name] = before.snapshot.pgbouncer[name]
        editServer(name) { $0.senders.removeAll { $0.user == "repmgr" } }
    }

    /// SSH does not answer, libpq does.
    package mutating func closeSSH(of name: HostName) {
        let message = "ssh to \(name) port 22: no answer within 5 s"
        snapshot.unreached[name] = ShellFailure(.unreachable, host: name, message)
        snapshot.postgresql[name]?.host = .unknown(reason: message)
        snapshot.repmgr[name]?.host = .unknown(reason: message)
        if snapshot.pgbouncer[name] != nil { snapshot.pgbouncer[name] = .unknown(reason: message) }
        if spec.barman?.hostName == name { snapshot.barman = .unknown(reason: message) }
    }

    /// A postmaster runs and answers nobody.
    package mutating func silence(_ name: NodeName) throws {
        _ = try node(named: name)
        let message = "\(name):5432: the database system is starting up"
        loseServer(name, reason: message, login: .failed(.notAccepting, message: message))
    }

    /// A postmaster runs and has no connection left.
    package mutating func exhaustConnections(of name: NodeName) throws {
        _ = try node(named: name)
        let message = "\(name):5432: FATAL: sorry, too many clients already"
        loseServer(name, reason: message, login: .failed(.notAccepting, message: message))
    }

    /// A postmaster runs, and says nothing.
    package mutating func freeze(_ name: NodeName) throws {
        _ = try node(named: name)
        let message = "\(name):5432 did not answer within 5 s"
        loseServer(name, reason: message, login: .failed(.unreachable, message: message))
    }

    /// It answers; a commit waits for the disk, and the log has not moved meanwhile.
    package mutating func hangStorage(of name: NodeName) throws {
        _ = try node(named: name)
        editServer(name) { server in
            server.flushing = ServerFacts.Flushing(seconds: 12, flushed: Self.end)
            server.storageHangs = true
        }
    }

    /// Lost, and its name does not resolve.
    package mutating func unresolve(_ name: NodeName) throws {
        try lose(name)
        let message = "\(name): no address for this name"
        snapshot.unreached[name] = ShellFailure(.nameResolution, host: name, message)
        snapshot.postgresql[name]?.login = .failed(.nameResolution, message: message)
    }

    /// The primary was promoted without the last that this standby has, on the timeline before.
    package mutating func fork(before standby: NodeName, of primary: NodeName) {
        disconnect(standby)
        let left = LSN(rawValue: Self.end.rawValue - 1000)
        editServer(primary) { server in
            server.timeline += 1
            server.forks = [server.timeline - 1: left]
        }
        for node in spec.dataNodes where node.name != standby && node.name != primary {
            let timeline = snapshot.server(primary)?.timeline ?? 2
            editServer(node.name) { $0.timeline = timeline }
        }
    }

    /// Its guard found it alone, and stopped it at once.
    package mutating func guardStops(_ name: NodeName) throws {
        try kill(name)
        edit(name) { $0.recordedStop = RecordedStop(to: name, phase: .guarded) }
    }

    /// The data directory is gone; its record and its slot are still there.
    package mutating func wipe(_ name: NodeName) throws {
        _ = try node(named: name)
        loseServer(
            name, reason: "no server runs", login: .failed(.refused, message: "\(name):5432 refused the connection"))
        edit(name) { $0 = Facts.bareHost() }
    }

    /// Somebody promoted it: a new timeline, and the registry does not know.
    package mutating func promote(_ name: NodeName) throws {
        _ = try node(named: name)
        disconnect(name)
        let roles = snapshot.server(name)?.roles ?? Facts.roles
        editServer(name) { server in
            server.inRecovery = false
            server.timeline += 1
            server.replayLSN = nil
            server.backupGrants = Facts.grants
            server.roles = roles
        }
        let timeline = snapshot.server(name)?.timeline ?? 2
        edit(name) { host in
            host.hasStandbySignal = false
            host.dataDirectory = .cluster(Facts.controlData(state: "in production", timeline: timeline))
        }
    }

    /// What repmgrd does when the primary is gone: the others follow, and the registry says who is what.
    package mutating func promoteByDaemon(_ name: NodeName, insteadOf old: NodeName) throws {
        try promote(name)
        for node in spec.dataNodes where node.name != name && node.name != old { try follow(node.name, name) }
        register(try node(named: name), as: nil)
        editRegistry { records in
            for index in records.indices where records[index].name == old { records[index].active = false }
        }
    }

    /// It follows another node, and its record says so.
    package mutating func follow(_ name: NodeName, _ upstream: NodeName) throws {
        let node = try node(named: name)
        point(node, at: try self.node(named: upstream))
        connect(name)
        register(node, as: upstream)
    }

    /// It points at another node, and streams from there if it can.
    package mutating func repoint(_ name: NodeName, to upstream: NodeName) throws {
        point(try node(named: name), at: try node(named: upstream))
        connect(name)
    }

    package mutating func dropSlot(of name: NodeName) throws {
        let node = try node(named: name)
        for other in spec.nodes {
            editServer(other.name) { $0.slots.removeAll { $0.name == "repmgr_slot_\(node.id)" } }
        }
        disconnect(name)
    }

    /// Another cluster's data: stopped, or running and writable as Debian's package leaves it.
    package mutating func makeForeign(_ name: NodeName, running: Bool) throws {
        try wipe(name)
        let foreign = "7999999999999999999"
        edit(name) { host in
            let state = running ? "in production" : "shut down"
            host.dataDirectory = .cluster(Facts.controlData(identifier: foreign, state: state))
            host.postmasterRuns = running
            host.configuration = .content("# PostgreSQL's own\n")
            host.hba = .content("local all all peer\n")
            host.hasConfiguration = true
        }
        guard running else { return }
        var server = Facts.primary(identifier: foreign)
        server.roles = [:]
        server.databases = ["postgres"]
        snapshot.postgresql[name]?.server = .known(server)
        snapshot.repmgr[name]?.registry = .known([])
    }

    /// A clone was begun here and not finished.
    package mutating func leaveCloneUnfinished(on name: NodeName, running: Bool) throws {
        try wipe(name)
        edit(name) { host in
            host.dataDirectory = .cluster(nil)
            host.unfinishedWork = UnfinishedWork(.clone, process: "4711 88")
            host.workRuns = running
        }
    }

    /// It has been silent for as long as the file asks, and these nodes do not reach it either.
    package mutating func suspect(_ name: NodeName, lostTo voters: [NodeName]) {
        snapshot.suspicion = Suspicion(
            node: name, silentFor: .seconds(3), attempts: 3,
            votes: Dictionary(voters.map { ($0, .lost("pg_isready has no response")) }) { $1 })
    }
}
