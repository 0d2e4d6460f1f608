import Barman
package import ClusterModel
package import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
package import Systems

/// Sees everything declared once, all hosts side by side: the whole takes as long as the slowest, not as the sum.
package struct ClusterObserver: SnapshotSource {
    let spec: ClusterSpec
    let doors: any Doors
    let deep: Bool
    private let earlier = EarlierAnswers()
    /// Nil: everybody is waited for.
    private let unanswered: UnansweredQuestions?

    /// - Parameters:
    ///   - deep: also what takes long to find out (`barman check`), for `status` and the end of a run.
    ///   - waits: as `ManagedCluster` says.
    package init(spec: ClusterSpec, doors: any Doors, deep: Bool = false, waits: Bool = true) {
        self.spec = spec
        self.doors = doors
        self.deep = deep
        unanswered = waits ? nil : UnansweredQuestions(clock: doors.clock)
    }

    package func expect(_ node: NodeName) {
        unanswered?.forget(.host(node))
        unanswered?.forget(.server(node))
        unanswered?.forget(.serverOnHost(node))
    }

    package func end() async {
        await unanswered?.end()
    }

    /// A host that is merely busy answers within that.
    private var patience: Duration { max(spec.failover.responseTimeout, .seconds(2)) }

    private func answers(of host: HostSpec, _ probes: HostProbes) async -> Result<HostProbe.Answers, ShellFailure> {
        guard let unanswered else { return await probes.answers(of: host) }
        return await unanswered.answer(
            from: .host(host.name), within: patience,
            isAnswered: { (answers: Result<HostProbe.Answers, ShellFailure>) in
                if case .success = answers { true } else { false }
            }, { await probes.answers(of: host) }) ?? Self.notProbed(host.name)
    }

    private func server(_ probe: ServerProbe) async -> ServerProbe.Answer {
        guard let unanswered else { return await probe.overLibpq() }
        return await unanswered.answer(
            from: .server(probe.node.name), within: patience, isAnswered: { $0.hasAnswered },
            { await probe.overLibpq() }) ?? probe.notAsked
    }

    private func onHost(_ probe: ServerProbe, after failed: ServerProbe.Answer) async -> ServerProbe.Answer {
        guard let unanswered else { return await probe.onHost(after: failed) }
        return await unanswered.answer(
            from: .serverOnHost(probe.node.name), within: patience, isAnswered: { $0.facts.value != nil },
            { await probe.onHost(after: failed) }) ?? failed
    }

    private enum Part: Sendable {
        case host(HostName, Result<HostProbe.Answers, ShellFailure>, PostgreSQL.Observed?, Repmgr.Observed?)
    }

    package func observe(silent: NodeName? = nil) async -> ClusterSnapshot {
        let probes = HostProbes(spec: spec, doors: doors, deep: deep, earlier: earlier)
        var snapshot = ClusterSnapshot()
        snapshot.missingSecrets = missingSecrets()
        await withTaskGroup(of: Part.self) { group in
            for host in spec.hosts {
                group.addTask {
                    guard let node = spec.node(host.name) else {
                        return .host(host.name, await answers(of: host, probes), nil, nil)
                    }
                    return await self.node(node, probes, isSilent: node.name == silent)
                }
            }
            for await case .host(let name, let answers, let postgresql, let repmgr) in group {
                snapshot.postgresql[name] = postgresql
                snapshot.repmgr[name] = repmgr
                add(answers, of: name, to: &snapshot, probes)
            }
        }
        await addSize(to: &snapshot)
        return snapshot
    }

    private func add(
        _ answers: Result<HostProbe.Answers, ShellFailure>, of name: HostName, to snapshot: inout ClusterSnapshot,
        _ probes: HostProbes
    ) {
        if case .failure(let failure) = answers { snapshot.unreached[name] = failure }
        let seen: Seen<HostProbe.Answers> =
            switch answers {
            case .success(let answers): .known(answers)
            case .failure(let failure): .unknown(reason: failure.message)
            }
        if probes.trustedAccount(name) != nil { snapshot.sshKeys[name] = seen.value.map { SSHKeys($0) } }
        if let pooler = probes.pooler(name) { snapshot.pgbouncer[name] = seen.map(pooler.observed) }
        if let barman = probes.barman, spec.barman?.hostName == name {
            snapshot.barman = seen.map { barman.observed($0, doors: doors) }
        }
    }

    /// A node is asked over SSH and over libpq at the same time; where libpq is not let in and a server runs, its own
    /// host's psql is asked instead.
    private func node(_ node: NodeSpec, _ probes: HostProbes, isSilent: Bool) async -> Part {
        async let answering = isSilent ? Self.notProbed(node.name) : answers(of: node.hostSpec, probes)
        async let asking = server(
            ServerProbe(
                spec: spec, node: node, doors: doors, observer: probes.server(node), isHurried: isSilent))
        let answers = await answering
        var server = await asking
        if case .success(let told) = answers, server.facts.value == nil, told.isYes("pg.postmaster") {
            server = await onHost(
                ServerProbe(spec: spec, node: node, doors: doors, observer: probes.server(node)), after: server)
        }
        let host: Seen<PostgreSQL.HostFacts>
        let repmgrHost: Seen<Repmgr.Observed.HostFacts>
        switch answers {
        case .success(let told):
            host = .known(probes.server(node).hostFacts(told, doors: doors))
            repmgrHost = .known(probes.repmgr(node).hostFacts(told))
        case .failure(let failure):
            host = .unknown(reason: failure.message)
            repmgrHost = .unknown(reason: failure.message)
        }
        return .host(
            node.name, answers,
            PostgreSQL.Observed(host: host, server: server.facts, login: server.login),
            Repmgr.Observed(host: repmgrHost, registry: server.registry))
    }

    private static func notProbed(_ name: HostName) -> Result<HostProbe.Answers, ShellFailure> {
        .failure(ShellFailure(.unreachable, host: name, "ssh to \(name): it has not answered for a while"))
    }

    private func missingSecrets() -> [String] {
        let sources = [spec.repmgr.password, spec.barman?.password, spec.barman?.streamingPassword].compactMap { $0 }
        return sources.compactMap { source in
            do throws(SecretFailure) {
                _ = try doors.secret(source)
                return nil
            } catch {
                return error.description
            }
        }
    }

    /// How much a clone will copy: asked only when there is one to make, since the server reads every file's size for it.
    private func addSize(to snapshot: inout ClusterSnapshot) async {
        let needed = spec.dataNodes.contains { snapshot.host($0.name)?.holdsNoDatabase ?? false }
        let writable = snapshot.writable(spec)
        guard needed, writable.count == 1 else { return }
        let probe = ServerProbe(
            spec: spec, node: writable[0], doors: doors,
            observer: HostProbes(spec: spec, doors: doors, deep: false, earlier: earlier).server(writable[0]))
        guard let size = await probe.size(), case .known(var server)? = snapshot.postgresql[writable[0].name]?.server
        else { return }
        server.sizeInBytes = size
        snapshot.postgresql[writable[0].name]?.server = .known(server)
    }
}
