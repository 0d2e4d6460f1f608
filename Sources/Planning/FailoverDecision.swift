import ClusterModel
import HostAccess
import PostgreSQL
import Systems

/// Whether, and how far, a lost primary may be replaced now. Each refusal is one named rule.
struct FailoverDecision {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let loss: PrimaryLoss
    let request: Failover.Request

    func course() -> Course {
        if let hold = refusal { return .undecided(hold) }
        let election = election
        guard let fence else {
            return refused(
                .failoverFence,
                "\(loss.node) cannot be stopped from here, and it could go on taking writes: declare a fence_command, or strict quorum commit, or failover.fence best_effort"
            )
        }
        let standbys = election.voters.map(\.name)
        guard !standbys.isEmpty else { return nobody(Step.Hold(.candidates, "no standby answers")) }
        // Who has no chance anyway is said before anything is touched.
        let winner = election.winner(wanted: wanted)
        let catchUp = winner == nil ? election.catchUp(wanted: wanted) : nil
        guard winner != nil || catchUp != nil else {
            return nobody(
                Step.Hold(.candidates, election.refusals(wanted: wanted).joined(separator: "; ")))
        }
        let unfrozen = standbys.filter { !isFrozen($0) && !isLeftOut($0, fence) }
        if !unfrozen.isEmpty || !isFenced(fence) {
            let preparation = Failover.Preparation(
                from: loss.node, fence: fence, isFenced: isFenced(fence), freeze: unfrozen)
            return .replace(.prepare(preparation))
        }
        if let catchUp { return .replace(.catchUp(catchUp)) }
        if let winner { return .replace(.promote(Failover(from: loss.node, to: winner.name, fence: fence))) }
        return nobody(Step.Hold(.candidates, "no standby may take over"))
    }

    /// Nobody can take over: where the lost primary can be helped instead, it is.
    private func nobody(_ hold: Step.Hold) -> Course {
        let crash = CrashRecovery(spec: spec, snapshot: snapshot, loss: loss)
        guard request == .policy, !election.isUnfinished, crash.isSafe else { return .undecided(hold) }
        if let last = crash.lastStart {
            return .undecided(
                Step.Hold(
                    hold.rule,
                    "\(hold.reason); \(loss.node) was started again \(last) ago, and within \(spec.failover.minimumInterval) a person decides"
                ))
        }
        return .replace(.startAgain(loss.node, because: hold.reason))
    }

    private var election: Election {
        Election(spec: spec, snapshot: snapshot, lost: loss.node, acceptDataLoss: acceptsDataLoss)
    }

    private func refused(_ rule: SafetyRule, _ reason: String) -> Course {
        .undecided(Step.Hold(rule, reason))
    }

    // MARK: may it begin?

    private var refusal: Step.Hold? {
        if request == .policy {
            guard spec.failover.owner == .pgregent else {
                return Step.Hold(.failoverOwner, "repmgrd decides about failover, as the file says")
            }
            guard spec.failover.mode == .automatic else {
                return Step.Hold(
                    .failoverMode,
                    "failover.mode is \(spec.failover.mode.rawValue): `pgregent failover` is a person's decision")
            }
        }
        return verdictRule ?? majority ?? minimumInterval
    }

    private var verdictRule: Step.Hold? {
        let reason: String
        switch loss.verdict {
        case .dead, .guardStopped, .confirmedSilent: return nil
        case .stopped:
            // Somebody may be about to start it again: it gets as long as a silent one.
            if request != .policy || isConfirmed { return nil }
            reason = "\(loss.node) was shut down in order, and may be started again"
        case .recovering: reason = "\(loss.node) is starting or recovering"
        case .refusing: reason = "\(loss.node) lives, and has no connection left"
        case .hanging:
            if request != .policy { return nil }
            reason = "a postmaster runs on \(loss.node): whether it still takes writes is for a person to say"
        case .silent: reason = "\(loss.node) is silent, and that is not confirmed by a majority"
        case .unreachableFromHere: reason = "\(loss.node) is reached by others: it lives"
        case .unresolved: reason = "the name of \(loss.node) does not resolve: nothing is known of it"
        case .allUnreachable: reason = "nothing declared answers: it is probably this machine"
        case .switchoverInterrupted: reason = "a switchover of \(loss.node) is not finished"
        case .restartInterrupted: reason = "a restart of \(loss.node) is not finished"
        }
        return Step.Hold(.primaryIsLost, reason)
    }

    private var isConfirmed: Bool {
        guard let suspicion = snapshot.suspicion, suspicion.node == loss.node else { return false }
        return suspicion.attempts >= spec.failover.reconnectAttempts
    }

    /// The side with fewer than half of the voters is the wrong one to decide on.
    private var majority: Step.Hold? {
        guard !acceptsDataLoss else { return nil }
        let voters = spec.nodes.filter { $0.ensure == .present }
        let reached = voters.filter { snapshot.host($0.name) != nil || snapshot.server($0.name) != nil }
        guard 2 * reached.count <= voters.count else { return nil }
        return Step.Hold(
            .majority,
            "only \(reached.count) of \(voters.count) declared nodes are reached: this may be the wrong side of a broken network"
        )
    }

    /// A second automatic failover shortly after the first is a sign of something that no failover cures.
    private var minimumInterval: Step.Hold? {
        guard request == .policy, !election.isUnfinished else { return nil }
        let ages = spec.dataNodes.compactMap { node -> Duration? in
            guard let mark = snapshot.host(node.name)?.recordedFailover, mark.phase != .frozen,
                mark.replaces != loss.node
            else { return nil }
            return mark.age
        }
        // One from the future: that host's clock was set back since, and says nothing.
        guard let last = ages.filter({ $0 >= .zero }).min(), last < spec.failover.minimumInterval else { return nil }
        return Step.Hold(
            .failoverMinimumInterval,
            "the last failover was \(last) ago: within \(spec.failover.minimumInterval) a person decides")
    }

    private var acceptsDataLoss: Bool {
        if case .command(_, let accepted) = request { accepted } else { false }
    }

    private var wanted: NodeName? {
        if case .command(let to, _) = request { to } else { nil }
    }

    // MARK: the old primary

    /// Its host says that its receiver was stopped after `fence_command` had turned off the lost one.
    private func tellsOfFence(_ name: NodeName) -> Bool {
        guard let mark = snapshot.host(name)?.recordedFailover else { return false }
        return mark.phase == .frozen && mark.replaces == loss.node && mark.fence == .command
    }

    private var fence: Failover.Fence? {
        if snapshot.host(loss.node) != nil { return .stopped }
        if spec.failover.fenceCommand != nil || spec.dataNodes.contains(where: { tellsOfFence($0.name) }) {
            return .command
        }
        let isStrict = spec.durability.mode != .asynchronous && spec.durability.strict
        if isStrict, Quorum(spec, snapshot, lost: loss.node).keepsTheLostFromAcknowledging { return .quorum }
        return spec.failover.fence == .bestEffort || acceptsDataLoss ? .nothing : nil
    }

    private func isFenced(_ fence: Failover.Fence) -> Bool {
        switch fence {
        case .stopped: return snapshot.host(loss.node).map { $0.isFenced && !$0.postmasterRuns } ?? false
        case .command:
            // As all say who were frozen after it. What one that slept meanwhile has kept of an earlier loss of the same node is
            // no fence against this one.
            let standbys = election.voters.filter { node in
                snapshot.host(node.name).map { $0.recordProblem == nil } ?? false && !isLeftOut(node.name, fence)
            }
            return !standbys.isEmpty && standbys.allSatisfy { isFrozen($0.name) && tellsOfFence($0.name) }
        case .quorum, .nothing: return true
        }
    }

    /// A setting cannot be changed on a full disk, and so its receiver cannot be stopped. Where the old primary is down nothing
    /// reaches that receiver any more, and asynchronous commits wait for nobody: it is no reason to do without a primary.
    private func isLeftOut(_ name: NodeName, _ fence: Failover.Fence) -> Bool {
        guard spec.durability.mode == .asynchronous, snapshot.host(name)?.diskIsFull == true else { return false }
        switch fence {
        case .stopped, .command: return true
        case .quorum, .nothing: return false
        }
    }

    /// A receiver that was stopped for something else, a switchover or by hand, may be let go on by who stopped it.
    private func isFrozen(_ name: NodeName) -> Bool {
        guard snapshot.server(name)?.receivesNothing == true else { return false }
        guard let host = snapshot.host(name), host.recordProblem == nil else { return true }
        return host.recordedFailover.map { $0.phase != .done } ?? false
    }
}
