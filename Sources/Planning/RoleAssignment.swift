import Barman
package import ClusterModel
import HostAccess
import PostgreSQL
import Repmgr
package import Systems

/// Who shall be primary and who follows whom. The one place where this is decided.
package enum RoleAssignment {
    /// - Parameter request: who asks for a lost primary to be replaced.
    package static func assign(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, failover request: Failover.Request = .policy
    ) -> Roles {
        let view = RoleView(spec, snapshot, request: request)
        for row in RoleRules.rows where row.writable.contains(view.situation) {
            if let roles = row.roles(view) { return roles }
        }
        return undecided("no rule says who the primary is")
    }

    /// A failover had chosen another in its place, which is not seen now and may take writes: that decision stands, and
    /// the old primary, back from wherever it was, is stopped as it would have been then.
    static func succeeded(_ old: NodeName, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        let mark = spec.dataNodes.lazy.compactMap { snapshot.host($0.name)?.recordedFailover }.first { mark in
            mark.phase == .frozen && mark.replaces == old && mark.chosen != nil
        }
        // It came after that one in turn, as its own mark tells that is younger.
        if let mark, let own = snapshot.host(old)?.recordedFailover, own.phase == .promoting,
            own.replaces == mark.chosen,
            own.age <= mark.age
        {
            return nil
        }
        guard let chosen = mark?.chosen, mayBePromotedUnseen(chosen, insteadOf: old, spec, snapshot) else { return nil }
        return undecided(
            "\(chosen) was about to be promoted in place of \(old), and is not seen: it may take writes", fenced: [old])
    }

    /// It does not answer; one that lies there as a standby was not promoted.
    private static func mayBePromotedUnseen(
        _ name: NodeName, insteadOf old: NodeName, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot
    ) -> Bool {
        name != old && spec.node(name) != nil && snapshot.server(name) == nil
            && snapshot.host(name)?.hasStandbySignal != true
    }

    /// Nobody is primary before a person, or a later observation, says who.
    static func undecided(_ reason: String, fenced: Set<NodeName> = []) -> Roles {
        var roles = Roles(.undecided(Step.Hold(.onePrimary, reason)))
        roles.fenced = fenced
        return roles
    }

    /// A switchover that was at its promotion had stopped it, and somebody has started it since: its target, unseen now, may
    /// take writes. What a person did is for a person to undo.
    static func switchedAway(_ old: NodeName, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        guard let mark = snapshot.host(old)?.recordedStop, mark.phase == .promoting,
            mayBePromotedUnseen(mark.to, insteadOf: old, spec, snapshot)
        else { return nil }
        return undecided(
            "a switchover from \(old) to \(mark.to) was at its promotion, and \(mark.to) is not seen: it may take writes"
        )
    }

    /// A node that was replaced is back and takes writes: it is stopped.
    static func replaced(_ writable: [NodeSpec], _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        let successor = writable.first { node in
            guard let server = snapshot.server(node.name) else { return false }
            return writable.allSatisfy { other in
                guard other.name != node.name, let old = snapshot.server(other.name) else {
                    return other.name == node.name
                }
                return isReplaced(other, by: node.name, spec, snapshot)
                    && old.systemIdentifier == server.systemIdentifier
                    && (old.timeline < server.timeline
                        || old.timeline == server.timeline && isNamed(other.name, asReplacedBy: node.name, snapshot))
            }
        }
        guard let successor, doubt(successor.name, spec, snapshot) == nil else { return nil }
        let fenced = Set(writable.map(\.name)).subtracting([successor.name])
        var roles = Roles(
            primary: successor.name,
            upstreams: upstreams(spec, snapshot, primary: successor.name).filter { !fenced.contains($0.key) })
        roles.fenced = fenced
        return roles
    }

    /// Everybody who takes writes was replaced, and the last one who came in their place takes none: they are stopped all the
    /// same. What they acknowledge now, the one that is down lacks.
    static func outlived(_ writable: [NodeSpec], _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        let successors = writable.map { old in
            spec.dataNodes.first { other in
                guard let mark = snapshot.host(other.name)?.recordedFailover, mark.phase != .frozen,
                    mark.replaces == old.name, let was = snapshot.server(old.name)
                else { return false }
                let control = snapshot.host(other.name)?.controlData
                let now = snapshot.server(other.name)?.timeline ?? control?.timeline ?? 0
                return now > was.timeline && snapshot.systemIdentifier(other.name) == was.systemIdentifier
            }?.name
        }
        guard !successors.contains(nil),
            let last = successors.compactMap({ $0 }).first(where: { name in
                !writable.contains { $0.name == name }
            })
        else { return nil }
        let names = writable.map(\.name)
        return undecided(
            "\(last) was promoted in place of \(names.joined(separator: " and ")), and is down", fenced: Set(names))
    }

    /// Two that were promoted from the same timeline, of which the second had not heard of the first, have the same number:
    /// then it counts whom the mark names.
    static func isNamed(_ old: NodeName, asReplacedBy primary: NodeName, _ snapshot: ClusterSnapshot) -> Bool {
        guard let mark = snapshot.host(primary)?.recordedFailover, mark.replaces == old else { return false }
        let reverse = snapshot.host(old)?.recordedFailover
        return reverse?.replaces != primary || reverse?.phase == .done
    }

    /// Whether somebody decided that the one is primary in the other's stead: that says the mark of a failover on the new
    /// primary's host, or, where repmgrd decides, its registry, in which `repmgr standby promote` has put down the old
    /// primary. A promotion that nobody decided on proves nothing.
    private static func isReplaced(
        _ old: NodeSpec, by primary: NodeName, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot
    ) -> Bool {
        // One that was replaced before the one that the mark names is past as well: callers compare the timelines.
        if let mark = snapshot.host(primary)?.recordedFailover, mark.replaces == old.name || mark.phase == .promoting {
            return true
        }
        guard spec.failover.isRepmgrds, let records = snapshot.repmgr[primary]?.registry.value else { return false }
        let own = records.first { $0.name == primary }
        let former = records.first { $0.id == old.id }
        return own?.type == "primary" && own?.active == true && former?.active == false
    }

    /// Why the only node that takes writes is not the primary all the same: it was left behind by a promotion, or it is
    /// another cluster (the empty one that Debian's package starts, say). Without this its pools would be routed to it.
    static func doubt(_ name: NodeName, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Step.Hold? {
        guard let server = snapshot.server(name) else { return nil }
        if snapshot.host(name)?.isFenced == true {
            let reason =
                "\(name) takes writes, and it is fenced: another node replaced it as primary, and is not seen to take writes"
            return Step.Hold(.fence, reason)
        }
        let others = spec.dataNodes.filter { $0.name != name }
        // A directory with the mark of an unfinished copy counts here: one that is on a newer timeline was promoted.
        let newer = others.first { other in
            let seen = snapshot.server(other.name).map { ($0.systemIdentifier, $0.timeline) }
            let onDisk = snapshot.host(other.name)?.controlData.map { ($0.systemIdentifier, $0.timeline) }
            guard let (identifier, timeline) = seen ?? onDisk else { return false }
            return identifier == server.systemIdentifier && timeline > server.timeline
        }
        if let newer {
            let reason = "\(name) takes writes on timeline \(server.timeline), and \(newer.name) is on a newer one"
            return Step.Hold(.newestTimeline, reason)
        }
        let knowsItself = snapshot.repmgr[name]?.registry.value?.contains { $0.name == name } ?? false
        let stranger = others.first { other in
            snapshot.systemIdentifier(other.name).map { $0 != server.systemIdentifier } ?? false
        }
        guard spec.systemIdentifier == nil, !knowsItself, let stranger else { return nil }
        let reason =
            "\(name) takes writes, \(stranger.name) holds another cluster's data, and nothing says which is this one"
        return Step.Hold(.systemIdentifier, reason)
    }

    /// Every standby follows its declared upstream, or the primary. A node that holds another cluster's data follows
    /// nobody and is followed by nobody, and so it is with a former primary that has not been rejoined.
    static func upstreams(
        _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, primary: NodeName
    ) -> [NodeName: NodeName] {
        let identifier = snapshot.systemIdentifier(primary)
        let standbys = spec.dataNodes.filter { node in
            guard node.name != primary else { return false }
            if let own = snapshot.systemIdentifier(node.name), let identifier, own != identifier { return false }
            return !formerPrimary(node, snapshot) || mayRejoin(node, spec, snapshot, primary: primary)
        }
        let names = Set(standbys.map(\.name))
        var upstreams: [NodeName: NodeName] = [:]
        for node in standbys {
            let declared = node.upstream.flatMap { names.contains($0) && $0 != node.name ? $0 : nil }
            upstreams[node.name] = declared ?? primary
        }
        return upstreams
    }

    /// A stopped former primary comes back by itself when pgregent took it down: for a switchover that went forward, or
    /// in a failover, as `failover.rejoin` says.
    static func mayRejoin(_ node: NodeSpec, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, primary: NodeName) -> Bool
    {
        guard let host = snapshot.host(node.name), formerPrimary(node, snapshot) else { return false }
        if let mark = host.recordedStop, mark.phase != .guarded { return true }
        let isReplaced = host.isFenced || isReplaced(node, by: primary, spec, snapshot)
        guard isReplaced, spec.failover.rejoin != .never, let old = host.controlData, let new = snapshot.server(primary)
        else { return false }
        // With the same timeline on both sides pg_rewind would find nothing to do, and be wrong: only a new copy helps.
        let isApart =
            old.timeline < new.timeline
            || spec.failover.rejoin == .clone && isNamed(node.name, asReplacedBy: primary, snapshot)
        return old.systemIdentifier == new.systemIdentifier && isApart
    }

    /// The old primary of an unfinished switchover is down, and the target has not been seen to take writes. Before the
    /// promotion was asked for, the old primary comes back; afterwards it must not.
    static func interrupted(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        let marked = spec.dataNodes.filter {
            snapshot.host($0.name)?.recordedStop != nil && formerPrimary($0, snapshot)
        }
        guard marked.count == 1, let mark = snapshot.host(marked[0].name)?.recordedStop else { return nil }
        let unseen = spec.dataNodes.filter { $0.name != marked[0].name && snapshot.server($0.name) == nil }
        // One that its guard stopped is as good as any that died, as long as somebody is not seen.
        if mark.phase == .guarded, !unseen.isEmpty { return nil }
        guard unseen.isEmpty else {
            let names = unseen.map(\.name).joined(separator: ", ")
            return undecided(
                "a switchover to \(mark.to) was not finished, and \(names) could not be seen: it may take writes")
        }
        switch mark.phase {
        case .stopping, .restarting, .guarded: return Roles(.undo(primary: marked[0].name))
        // The promotion is asked for when the target has replayed the last record, which cannot be undone by anything:
        // while it has not got it, nothing was asked for.
        case .promoting where lacksLog(mark.to, of: marked[0].name, snapshot):
            return Roles(.undo(primary: marked[0].name))
        case .promoting:
            return Roles(.finish(Switchover(from: marked[0].name, to: mark.to)))
        }
    }

    /// Both nodes of a switchover have vanished in its course: nobody can say which of them takes writes, and a fence for one
    /// would leave the other.
    static func underWay(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles? {
        let isUnseen = { (name: NodeName) in
            spec.node(name) != nil && snapshot.server(name) == nil && snapshot.host(name) == nil
        }
        let notes = spec.dataNodes.lazy.compactMap { snapshot.host($0.name)?.recordedSwitchover }
        guard let note = notes.first(where: { isUnseen($0.from) && isUnseen($0.to) }) else { return nil }
        return undecided(
            "a switchover from \(note.from) to \(note.to) was under way, and neither is seen: either may take writes")
    }

    private static func lacksLog(_ target: NodeName, of stopped: NodeName, _ snapshot: ClusterSnapshot) -> Bool {
        guard let end = snapshot.host(stopped)?.controlData?.checkpoint, let has = snapshot.server(target)?.lsn else {
            return false
        }
        return has <= end
    }

    /// A complete cluster that is no standby, stopped.
    package static func formerPrimary(_ node: NodeSpec, _ snapshot: ClusterSnapshot) -> Bool {
        guard let host = snapshot.host(node.name), host.controlData != nil, !host.holdsNoDatabase else { return false }
        return !host.hasStandbySignal && !host.postmasterRuns
    }

    private static func refused(_ hold: Step.Hold) -> Roles { Roles(.undecided(hold)) }

    /// A new primary is made only when every declared data node was seen and none holds a database.
    static func bootstrap(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Roles {
        for node in spec.dataNodes {
            guard let host = snapshot.host(node.name) else {
                return refused(
                    Step.Hold(.seenBeforeCreation, "no primary is seen, and \(node.name) cannot be looked at"))
            }
            guard !host.workRuns else {
                return refused(
                    Step.Hold(
                        .oneCreation,
                        "no declared node takes writes, and a database is still being made on \(node.name)"))
            }
            guard host.holdsNoDatabase else {
                return refused(
                    Step.Hold(.onePrimary, "no declared node takes writes, and \(node.name) holds a database"))
            }
            guard snapshot.server(node.name) == nil else {
                return refused(
                    Step.Hold(
                        .dataDirectory,
                        "a server answers on \(node.name), and its data is not in the declared directory"))
            }
        }
        var recovery: Recovery?
        switch spec.bootstrap {
        case .none:
            return refused(Step.Hold(.bootstrapFrom, "no declared node holds a database, and bootstrap.from is none"))
        case .barman:
            switch BackupChoice(spec, snapshot).recovery {
            case .success(let chosen): recovery = chosen
            case .failure(let refusal): return refused(refusal.hold)
            }
        case .initdb:
            if let pinned = spec.systemIdentifier {
                return refused(
                    Step.Hold(
                        .systemIdentifier, "a new cluster cannot have the pinned system_identifier \(pinned)"))
            }
            if let signs = signsOfLife(spec, snapshot) {
                return refused(Step.Hold(.nothingNewWhereSomethingLived, signs))
            }
        }
        let candidates = spec.dataNodes.filter(\.mayBePrimary)
        let first = candidates.min { ($1.priority, $0.id) < ($0.priority, $1.id) }
        guard let first else {
            return refused(Step.Hold(.priority, "no declared node may be primary"))
        }
        return Roles(
            primary: first.name, upstreams: upstreams(spec, snapshot, primary: first.name), course: .create(recovery))
    }

    /// What tells that this cluster has lived, though no host holds a database now: a disk that is not mounted looks just so.
    ///
    /// - Returns: with both ways out; nil where nothing tells so.
    private static func signsOfLife(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> String? {
        let recorded = spec.dataNodes.filter { snapshot.host($0.name)?.onceHeldDatabase == true }
        let isArchived = snapshot.barman?.value?.hasArchive == true
        guard !recorded.isEmpty || isArchived else { return nil }
        let records = recorded.map { "\(NodeLayout($0).record.path) on \($0.name)" }.joined(separator: ", ")
        let signs =
            (recorded.isEmpty ? [] : ["records tell of a database on \(recorded.map(\.name).joined(separator: ", "))"])
            + (isArchived ? ["Barman has its log"] : [])
        let anew = recorded.isEmpty ? "give barman.server another name" : "remove \(records)"
        return
            "no declared node holds a database, but one was here: \(signs.joined(separator: ", and ")). Are the disks mounted? bootstrap.from barman recovers it; to begin with an empty one, \(anew)"
    }
}

extension RoleView {
    var chosenIsUnseen: Roles? { RoleAssignment.succeeded(writable[0].name, spec, snapshot) }
    var successorIsDown: Roles? { RoleAssignment.outlived(writable, spec, snapshot) }
    var switchoverTargetIsUnseen: Roles? { RoleAssignment.switchedAway(writable[0].name, spec, snapshot) }

    var primaryIsDoubtful: Roles? {
        RoleAssignment.doubt(writable[0].name, spec, snapshot).map { Roles(.undecided($0)) }
    }

    var onePrimary: Roles? {
        let primary = writable[0].name
        return Roles(primary: primary, upstreams: RoleAssignment.upstreams(spec, snapshot, primary: primary))
    }

    var switchoverIsUnfinished: Roles? { RoleAssignment.interrupted(spec, snapshot) }
    var switchoverHasVanished: Roles? { RoleAssignment.underWay(spec, snapshot) }

    var primaryIsLost: Roles? {
        guard let loss = PrimaryLoss(spec, snapshot) else { return nil }
        var roles = Roles(FailoverDecision(spec: spec, snapshot: snapshot, loss: loss, request: request).course())
        roles.primaryIsLost = true
        return roles
    }

    var noPrimaryYet: Roles? { RoleAssignment.bootstrap(spec, snapshot) }
    var replacedIsBack: Roles? { RoleAssignment.replaced(writable, spec, snapshot) }

    var severalTakeWrites: Roles? {
        RoleAssignment.undecided("\(writable.map(\.name).joined(separator: " and ")) both take writes")
    }
}
