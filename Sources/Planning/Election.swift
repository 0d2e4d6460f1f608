import ClusterModel
import HostAccess
import PostgreSQL
import Systems

/// Which standby takes over: among those that no rule refuses, the one with most of the log; the higher priority breaks
/// a tie, then the lower id.
struct Election {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let lost: NodeName
    let acceptDataLoss: Bool

    /// Standbys that answer and hold the cluster's data, with or without a chance.
    var voters: [NodeSpec] {
        spec.dataNodes.filter { node in
            guard node.name != lost, let server = snapshot.server(node.name), server.inRecovery else { return false }
            return server.systemIdentifier == identifier
        }
    }

    private var identifier: String? {
        spec.systemIdentifier ?? snapshot.systemIdentifier(lost)
            ?? spec.dataNodes.lazy.compactMap { snapshot.server($0.name)?.systemIdentifier }.first
    }

    /// The furthest position that any answering standby has, on the newest timeline.
    private var furthest: LSN? {
        voters.compactMap { snapshot.server($0.name) }.filter { $0.timeline == newestTimeline }.compactMap(\.lsn).max()
    }

    /// The lost node was about to be promoted itself: the failover in which that was is not over.
    var isUnfinished: Bool {
        spec.dataNodes.contains { node in
            guard let mark = snapshot.host(node.name)?.recordedFailover else { return false }
            return mark.phase == .frozen && mark.chosen == lost
        }
    }

    /// What a node wrote that was promoted for a moment, before anybody was led to it, counts for nothing.
    private var newestTimeline: Timeline {
        let onDisk = isUnfinished ? 0 : snapshot.host(lost)?.controlData?.timeline ?? 0
        return max(onDisk, voters.compactMap { snapshot.server($0.name)?.timeline }.max() ?? 0)
    }

    /// - Parameter wanted: the node that a person asks for.
    func winner(wanted: NodeName?) -> NodeSpec? {
        best(of: candidates(wanted).filter { lacking($0) == nil })
    }

    /// Where there is no winner, since each lacks what another has confirmed: who is to get it, and from whom.
    func catchUp(wanted: NodeName?) -> Failover.CatchUp? {
        let source = synchronousVoters.max { position($0) < position($1) }
        guard let node = best(of: candidates(wanted)), let source, position(source) > position(node) else { return nil }
        return Failover.CatchUp(node: node.name, source: source.name, position: position(source))
    }

    /// On the newest timeline: who may have confirmed what the lost one acknowledged.
    private var synchronousVoters: [NodeSpec] {
        voters.filter { $0.synchronous && snapshot.server($0.name)?.timeline == newestTimeline }
    }

    private func candidates(_ wanted: NodeName?) -> [NodeSpec] {
        voters.filter { node in (wanted == nil || wanted == node.name) && refusal(of: node) == nil }
    }

    private func best(of candidates: [NodeSpec]) -> NodeSpec? {
        candidates.max { left, right in
            let positions = (position(left), position(right))
            if positions.0 != positions.1 { return positions.0 < positions.1 }
            return (left.priority, right.id) < (right.priority, left.id)
        }
    }

    private func position(_ node: NodeSpec) -> LSN { snapshot.server(node.name)?.lsn ?? LSN(rawValue: 0) }

    /// Each node that cannot take over, with the rule that says so.
    func refusals(wanted: NodeName?) -> [String] {
        spec.dataNodes.filter { $0.name != lost && (wanted == nil || wanted == $0.name) }.compactMap { node in
            guard voters.contains(where: { $0.name == node.name }) else {
                return "\(node.name) does not answer as a standby of this cluster"
            }
            return refusal(of: node) ?? lacking(node)
        }
    }

    /// What it lacks of the commits that clients may have been told of. Said when nothing arrives any more at anybody: before,
    /// an observation never shows all positions of one moment.
    private func lacking(_ node: NodeSpec) -> String? {
        guard spec.durability.mode != .asynchronous, !acceptDataLoss,
            voters.allSatisfy({ snapshot.server($0.name)?.receivesNothing == true })
        else { return nil }
        let positions = synchronousVoters.compactMap { snapshot.server($0.name)?.lsn }
        guard let end = Quorum(spec, snapshot, lost: lost).endOfCommits(positions), position(node) < end else {
            return nil
        }
        return
            "\(node.name) lacks \(position(node).lag(behind: end)) bytes, up to \(end), in which may be acknowledged commits"
    }

    private func refusal(of node: NodeSpec) -> String? {
        guard let server = snapshot.server(node.name) else { return nil }
        guard node.mayBePrimary else { return "\(node.name) may not be primary: \(why(node))" }
        if server.timeline != newestTimeline {
            return "\(node.name) is on timeline \(server.timeline), and timeline \(newestTimeline) exists"
        }
        guard let host = snapshot.host(node.name) else {
            return "\(node.name) cannot be reached over SSH, and a promotion leaves its mark there"
        }
        if host.recordProblem != nil {
            return "the record of \(node.name) cannot be kept, and a promotion is written there"
        }
        if host.diskIsFull { return "\(node.name) has no room on its disk" }
        if host.unfinishedWork != nil { return "\(node.name) is an unfinished copy" }
        if server.replayPaused { return "replay is paused on \(node.name)" }
        guard !acceptDataLoss else { return nil }
        guard let position = server.lsn else { return "the position of \(node.name) is not known" }
        if let furthest, position.lag(behind: furthest) > spec.failover.maximumLag.bytes {
            return
                "\(node.name) is \(position.lag(behind: furthest)) bytes behind the furthest standby, failover.maximum_lag is \(spec.failover.maximumLag)"
        }
        return unconfirmed(node)
    }

    /// Under quorum commit a commit is on n of the N synchronous standbys, so that of any R > N - n of them one has it:
    /// with fewer at hand, no comparison of positions tells who has everything that clients were told.
    private func unconfirmed(_ node: NodeSpec) -> String? {
        guard spec.durability.mode != .asynchronous, !Quorum(spec, snapshot, lost: lost).hasEveryCommit else {
            return nil
        }
        let copied = spec.dataNodes.filter { $0.synchronous && snapshot.host($0.name)?.workRuns == true }.map(\.name)
        let wait = copied.isEmpty ? "" : "; the copy that is at work on \(copied.joined(separator: ", ")) ends first"
        return
            "\(node.name) may lack commits that were acknowledged: too few of the synchronous standbys answer to tell (durability.mode \(spec.durability.mode.rawValue))\(wait)"
    }

    private func why(_ node: NodeSpec) -> String {
        if node.maintenance { return "it is in maintenance" }
        if node.delay != nil { return "it is delayed" }
        return node.priority == 0 ? "its priority is 0" : "it is leaving"
    }
}

/// The arithmetic of quorum commit: of N synchronous standbys n confirm each commit, and R of them are at hand, their
/// receivers stopped. R + n > N means both that one of the R has every acknowledged commit, and that the old primary
/// cannot get n confirmations from the N - R others.
///
/// Who cannot have confirmed anything of what the lost one acknowledged does not count among the N for the first of the two.
struct Quorum {
    private let synchronous: Int
    private let confirming: Int
    private let confirmations: Int
    private let atHand: Int

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, lost: NodeName) {
        let standbys = spec.dataNodes.filter { $0.name != lost && $0.synchronous }
        synchronous = standbys.count
        confirming = standbys.count { !Self.hasConfirmedNothing($0, spec, snapshot) }
        confirmations = spec.durability.standbys
        atHand = standbys.count { snapshot.server($0.name)?.inRecovery == true }
    }

    /// A primary from before, which lies stopped on an older timeline and has followed nobody since; or what is left of it by a
    /// rewind that was interrupted before its last act, which is pg_control. While a copy is at work it may follow any moment.
    static func hasConfirmedNothing(_ node: NodeSpec, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> Bool {
        guard let host = snapshot.host(node.name), let control = host.controlData, snapshot.server(node.name) == nil,
            !host.postmasterRuns, !host.workRuns
        else { return false }
        let isHalfRewound = host.unfinishedWork?.kind == .rewind
        guard isHalfRewound || RoleAssignment.formerPrimary(node, snapshot) else { return false }
        let newest = spec.dataNodes.compactMap { snapshot.server($0.name)?.timeline }.max() ?? 0
        return control.timeline < newest
    }

    var hasEveryCommit: Bool { atHand + confirmations > confirming }
    var keepsTheLostFromAcknowledging: Bool { atHand + confirmations > synchronous }

    /// No acknowledged commit lies beyond: of the n standbys that confirmed it, at least n - (N - R) are among the R at hand.
    ///
    /// - Parameter positions: of those at hand.
    func endOfCommits(_ positions: [LSN]) -> LSN? {
        let confirmed = confirmations - (confirming - atHand)
        guard confirmed > 0, positions.count >= confirmed else { return nil }
        return positions.sorted(by: >)[confirmed - 1]
    }
}
