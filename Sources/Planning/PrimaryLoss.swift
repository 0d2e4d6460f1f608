package import ClusterModel
import HostAccess
import PostgreSQL
import Repmgr
package import Systems

/// What has become of the primary when no seen node takes writes: one verdict, with its evidence. Only proof counts as
/// dead; silence is silence until it has been confirmed.
package struct PrimaryLoss: Sendable, Equatable {
    package enum Verdict: Sendable, Equatable {
        /// Its host answers, no postmaster runs, and nobody shut it down in order: proof.
        case dead
        /// Its host answers, and it was shut down in order: perhaps by somebody who is about to start it again.
        case stopped
        /// A postmaster runs and is starting, stopping or recovering.
        case recovering
        /// A postmaster runs and has no connection left.
        case refusing
        /// A postmaster runs, and answers nobody (it is frozen), or cannot write (its storage hangs).
        case hanging
        /// Neither its host nor its server answers, from here.
        case silent
        /// Nobody has reached it for as long as the file asks.
        case confirmedSilent
        /// Others reach it: it lives.
        case unreachableFromHere
        /// Its name does not resolve: nothing is known of it.
        case unresolved
        /// Nothing declared answers: it is probably us.
        case allUnreachable
        /// A switchover stopped it and was not finished.
        case switchoverInterrupted(RecordedStop)
        /// Its guard stopped it, since it saw nobody; as good as dead.
        case guardStopped
        /// A restart stopped it and did not end.
        case restartInterrupted
    }

    package var node: NodeName
    package var verdict: Verdict
    package var evidence: [String]

    /// Nil while a node takes writes, and where nothing says that there ever was a primary.
    package init?(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        guard snapshot.writable(spec).isEmpty, !Self.isAllDataGone(spec, snapshot),
            let node = Self.lostPrimary(spec, snapshot)
        else { return nil }
        self.node = node.name
        (verdict, evidence) = Self.judge(node, spec, snapshot)
        evidence += Self.standbys(except: node, spec, snapshot)
    }

    /// Every host was seen, and none holds a database: whatever a record tells of an earlier failover, there is nobody to replace,
    /// and nobody who could take over.
    private static func isAllDataGone(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Bool {
        spec.dataNodes.allSatisfy { node in
            snapshot.host(node.name)?.holdsNoDatabase == true && snapshot.server(node.name) == nil
        }
    }

    /// The node that a failover was about to promote, and that is no standby now; otherwise the primary that the
    /// registry, or what is on disk, says there should be.
    private static func lostPrimary(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> NodeSpec? {
        let chosen = choices(spec, snapshot)
        // One that another was chosen for in turn is past.
        let last = chosen.map(\.name).first { name in
            !isStandby(name, snapshot) && !chosen.contains { $0.replaces == name }
        }
        if let node = last.flatMap({ spec.node($0) }) { return node }
        // A registry is as old as the log that brought it: the furthest node knows best.
        let furthest = spec.dataNodes.filter { snapshot.server($0.name) != nil }.sorted {
            position($0, snapshot) > position($1, snapshot)
        }
        let records = furthest.compactMap { snapshot.repmgr[$0.name]?.registry.value }.flatMap { $0 }
        let recorded = records.first { $0.type == "primary" && $0.active }.flatMap { record in
            spec.nodes.first { $0.id == record.id }
        }
        if let node = recorded.flatMap({ successor(of: $0.name, chosen, spec, snapshot) }) { return node }
        if let node = frozenFor(spec, snapshot).flatMap({ spec.node($0) }) { return node }
        let newest = furthest.first.flatMap { snapshot.server($0.name)?.timeline } ?? 0
        // Somebody was promoted since it was the primary, seen or not.
        let isLeftBehind = { (node: NodeSpec) in
            snapshot.host(node.name)?.controlData.map { $0.timeline < newest } ?? false
        }
        return [recorded].compactMap { $0 }.first { !isStandby($0.name, snapshot) && !isLeftBehind($0) }
            ?? spec.dataNodes.first { RoleAssignment.formerPrimary($0, snapshot) && !isLeftBehind($0) }
            ?? onlyUnseen(spec, snapshot)
    }

    /// Whose loss the standbys' receivers are stopped for now, by the youngest of their marks: what was known when they were
    /// stopped may have been in the marks that these took the place of, and in no registry.
    private static func frozenFor(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> NodeName? {
        let marks = spec.dataNodes.compactMap { node -> RecordedFailover? in
            guard let server = snapshot.server(node.name), server.inRecovery, server.receivesNothing,
                let mark = snapshot.host(node.name)?.recordedFailover
            else { return nil }
            return mark.phase == .done ? nil : mark
        }
        let lost = marks.min { $0.age < $1.age }?.replaces
        return lost.flatMap { isStandby($0, snapshot) ? nil : $0 }
    }

    private static func isStandby(_ name: NodeName, _ snapshot: ClusterSnapshot) -> Bool {
        snapshot.server(name)?.inRecovery ?? snapshot.host(name)?.hasStandbySignal ?? false
    }

    /// Who came after the primary that the registry names, as marks and notes tell that the registry has not heard of yet:
    /// as far as each of them is no standby. Nil: nobody.
    private static func successor(
        of name: NodeName, _ chosen: [Choice], _ spec: ClusterSpec, _ snapshot: ClusterSnapshot
    ) -> NodeSpec? {
        // An unseen target of a switchover was promoted where the old primary tells it, as a standby.
        let switched = spec.dataNodes.compactMap { snapshot.host($0.name)?.recordedSwitchover }.filter { note in
            snapshot.host(note.to) != nil || isStandby(note.from, snapshot)
        }
        let steps = chosen + switched.map { Choice(name: $0.to, replaces: $0.from) }
        var path = [name]
        while let next = steps.first(where: { step in
            step.replaces == path.last && !path.contains(step.name) && !isStandby(step.name, snapshot)
        }) {
            path.append(next.name)
        }
        return path.count > 1 ? path.last.flatMap { spec.node($0) } : nil
    }

    /// With standbys at hand and nobody else who could be their primary, it is the one node that is not seen.
    private static func onlyUnseen(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> NodeSpec? {
        let unseen = spec.dataNodes.filter { snapshot.host($0.name) == nil && snapshot.server($0.name) == nil }
        let hasStandby = spec.dataNodes.contains { snapshot.server($0.name)?.inRecovery == true }
        return unseen.count == 1 && hasStandby ? unseen[0] : nil
    }

    /// Whom a failover that is not over has chosen, and for whom.
    private struct Choice {
        var name: NodeName
        var replaces: NodeName
    }

    /// As the records tell; what a node's own record says of its promotion is past once it has been fenced itself, or another was
    /// promoted since: it may have had no power then, and no fence. Nor is one without data anybody's primary.
    private static func choices(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> [Choice] {
        let newest = spec.dataNodes.compactMap { snapshot.server($0.name)?.timeline }.max() ?? 0
        return spec.dataNodes.compactMap { node in
            guard let host = snapshot.host(node.name), let mark = host.recordedFailover else { return nil }
            let isPast = host.isFenced || host.holdsNoDatabase || host.controlData.map { $0.timeline < newest } ?? false
            let own = mark.phase == .promoting && !isPast ? node.name : nil
            return (mark.phase == .frozen ? mark.chosen : own).map { Choice(name: $0, replaces: mark.replaces) }
        }
    }

    private static func position(_ node: NodeSpec, _ snapshot: ClusterSnapshot) -> (Timeline, LSN) {
        let server = snapshot.server(node.name)
        return (server?.timeline ?? 0, server?.lsn ?? LSN(rawValue: 0))
    }

    private static func judge(_ node: NodeSpec, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> (
        Verdict, [String]
    ) {
        if let host = snapshot.host(node.name) {
            return host.postmasterRuns ? running(node, snapshot) : stopped(host)
        }
        let told = [snapshot.unreached[node.name]?.message ?? "it was not looked at", login(node, snapshot).message]
        if snapshot.unreached[node.name]?.kind == .nameResolution || login(node, snapshot).kind == .nameResolution {
            return (.unresolved, told)
        }
        let others = spec.hosts.filter { $0.name != node.name && spec.node($0.name)?.ensure != .absent }
        if !others.isEmpty, others.allSatisfy({ snapshot.unreached[$0.name] != nil }),
            spec.dataNodes.allSatisfy({ snapshot.server($0.name) == nil })
        {
            return (.allUnreachable, told + ["nothing declared answers: it is probably the network of this machine"])
        }
        guard let suspicion = snapshot.suspicion, suspicion.node == node.name else { return (.silent, told) }
        let votes = suspicion.votes.sorted { $0.key < $1.key }.map { voter, vote in
            switch vote {
            case .lost(let how): "\(voter) does not reach it: \(how)"
            case .sees(let how): "\(voter) reaches it: \(how)"
            case .unknown(let why): "\(voter) could not be asked: \(why)"
            }
        }
        let silence = "\(suspicion.attempts) attempts in \(suspicion.silentFor) were not answered"
        return (verdict(suspicion, spec), told + [silence] + votes)
    }

    /// A majority of the declared voters must have lost it, and none may see it.
    private static func verdict(_ suspicion: Suspicion, _ spec: ClusterSpec) -> Verdict {
        let seen = suspicion.votes.values.contains { if case .sees = $0 { true } else { false } }
        if seen { return .unreachableFromHere }
        let lost = suspicion.votes.values.count { if case .lost = $0 { true } else { false } }
        let voters = spec.nodes.count { $0.ensure == .present }
        return 2 * lost > voters ? .confirmedSilent : .silent
    }

    private static func stopped(_ host: PostgreSQL.HostFacts) -> (Verdict, [String]) {
        let state = host.controlData?.state ?? "unreadable"
        if let mark = host.recordedStop, mark.phase == .guarded {
            return (
                .guardStopped,
                ["its guard stopped it: it saw neither a standby nor any other host", "control file: \(state)"]
            )
        }
        if let mark = host.recordedStop, mark.phase == .restarting {
            return (.restartInterrupted, ["it was stopped for a restart, which did not end", "control file: \(state)"])
        }
        if let mark = host.recordedStop {
            let phase = mark.phase == .stopping ? "before" : "at"
            return (
                .switchoverInterrupted(mark),
                [
                    "it was stopped for a switchover to \(mark.to), which ended \(phase) the promotion",
                    "control file: \(state)",
                ]
            )
        }
        let fenced = host.isFenced ? ["it is fenced: stopped and kept down"] : []
        let isOrderly = state == "shut down" && !host.isFenced
        return (
            isOrderly ? .stopped : .dead, ["the host answers, no postmaster runs, control file: \(state)"] + fenced
        )
    }

    private static func running(_ node: NodeSpec, _ snapshot: ClusterSnapshot) -> (Verdict, [String]) {
        if let server = snapshot.server(node.name), server.storageHangs, let flushing = server.flushing {
            let waits = "a commit has been waiting for the disk for \(flushing.seconds) s"
            return (
                .hanging, ["it answers, and cannot write: \(waits), and its log stands still at \(flushing.flushed)"]
            )
        }
        let login = login(node, snapshot)
        let evidence = ["a postmaster runs, and does not answer: \(login.message)"]
        guard login.kind == .notAccepting else { return (.hanging, evidence) }
        // 53300, as libpq tells it while connecting: without its SQLSTATE.
        let isFull = ["too many clients", "remaining connection slots"].contains { login.message.contains($0) }
        return (isFull ? .refusing : .recovering, evidence)
    }

    private static func login(_ node: NodeSpec, _ snapshot: ClusterSnapshot) -> (
        kind: SQLFailure.Kind?, message: String
    ) {
        if case .failed(let kind, let message)? = snapshot.postgresql[node.name]?.login { return (kind, message) }
        return (nil, "no answer over libpq")
    }

    private static func standbys(except primary: NodeSpec, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot)
        -> [String]
    {
        spec.dataNodes.filter { $0.name != primary.name }.compactMap { node in
            guard let server = snapshot.server(node.name), server.inRecovery else { return nil }
            let receiver = snapshot.streamsFrom(node.name, spec).map { "streams from \($0)" } ?? "has no stream"
            return "\(node.name) \(receiver), at \(server.lsn?.description ?? "?")"
        }
    }
}

extension PrimaryLoss {
    /// Whether time and the others' word could make this certain.
    package var mayBeConfirmed: Bool { verdict == .silent || verdict == .stopped }

    func finding(_ spec: ClusterSpec) -> Finding {
        let (code, remedy): (Finding.Code, String?) =
            switch verdict {
            case .dead: (.primaryDead, "start PostgreSQL on \(node), or promote a standby")
            case .stopped: (.primaryStopped, "start PostgreSQL on \(node), or promote a standby")
            case .recovering: (.primaryRecovering, "see its log: it may be starting or recovering")
            case .refusing:
                (.primaryRefusing, "it lives: end sessions, or raise max_connections; it is not replaced for that")
            case .hanging: (.primaryHanging, "see its log and its storage: it may be frozen")
            case .silent, .unreachableFromHere:
                (
                    .primaryUnreachable,
                    "bring \(node) back, or promote a standby once it is certain that \(node) takes no writes"
                )
            case .confirmedSilent: (.primarySilent, "bring \(node) back, or see what holds the failover")
            case .unresolved: (.primaryUnreachable, "see to the resolution of \(spec.node(node)?.host ?? node)")
            case .allUnreachable: (.primaryUnreachable, "see to the network of this machine")
            case .switchoverInterrupted: (.switchoverInterrupted, nil)
            case .guardStopped, .restartInterrupted: (.nodeStopped, nil)
            }
        return Finding(
            code, node, evidence: evidence, remedy: remedy,
            severity: code == .switchoverInterrupted || code == .nodeStopped ? .notice : .blocking)
    }
}
