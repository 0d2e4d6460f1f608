import ClusterModel
import HostAccess

/// The order in which nodes restart for a parameter.
///
/// A standby must never have less than its primary of the parameters below, or it stops (PostgreSQL's manual, "Hot
/// Standby: administrator's overview"): so they are raised on standbys first and lowered on the primary first. A standby
/// that must do both is restarted twice: raised before the primary, lowered after it.
/// Everything else goes to standbys first, so that a bad value is met where it hurts least. Standbys restart one after
/// the other: there is always one to read from, and to confirm commits.
struct ParameterOrder {
    let desired: Desired
    let observed: [NodeName: Observed]

    /// When a standby has its turn.
    private enum Turn { case before, after, both }

    func ordered(_ steps: [Step]) -> [Step] {
        guard steps.contains(where: { $0.action == "parameters" || $0.action == "restart" }),
            let primary = desired.nodes.first(where: { $0.role == .primary })
        else { return steps }
        let amounts = StandbyAmounts(desired: desired, observed: observed, primary: primary)
        let turns = Dictionary(desired.standbys.map { ($0.spec.name, turn(of: $0, amounts)) }) { $1 }
        let steps = split(steps, turns, amounts)
        let early = steps.filter { isEarly($0, turns, primary.spec.name) }.map(\.id)
        let late = steps.filter { $0.action == "restart" && isLate($0, turns) }.map(\.id)
        return steps.map { step in
            var step = step
            for chain in [early, late] {
                if let index = chain.firstIndex(of: step.id), index > 0 { step.after.insert(chain[index - 1]) }
            }
            guard step.action == "parameters" || step.action == "restart" else { return step }
            if step.target == primary.spec.name {
                step.after.formUnion(early)
                step.heldBy = amounts.holdOfPrimary
            } else if isLate(step, turns) {
                step.after.insert("postgresql.restart.\(primary.spec.name)")
            }
            if let standby = desired.standbys.first(where: { $0.spec.name == step.target }) {
                step.heldBy = amounts.hold(of: standby)
                step.guards += amounts.replayed(standby)
            }
            return step
        }
    }

    private func turn(of standby: Desired.Node, _ amounts: StandbyAmounts) -> Turn {
        guard amounts.waitsForPrimary(standby) else { return .before }
        return amounts.primaryWaitsFor(standby) ? .both : .after
    }

    private func isEarly(_ step: Step, _ turns: [NodeName: Turn], _ primary: NodeName) -> Bool {
        step.action == "raise" || step.action == "restart" && step.target != primary && !isLate(step, turns)
    }

    private func isLate(_ step: Step, _ turns: [NodeName: Turn]) -> Bool {
        turns[step.target] == .after || turns[step.target] == .both
    }

    /// A standby that both raises and lowers gets a step of its own for the first half.
    private func split(_ steps: [Step], _ turns: [NodeName: Turn], _ amounts: StandbyAmounts) -> [Step] {
        var steps = steps
        for standby in desired.standbys where turns[standby.spec.name] == .both {
            let name = standby.spec.name
            guard let first = steps.firstIndex(where: { $0.target == name && $0.reconciler == "postgresql" }),
                let host = observed[name]?.host.value
            else { continue }
            var raised = standby
            raised.parameters = amounts.raisedAlone(standby)
            let actions = Actions(raised)
            let streams = observed[name]?.server.value?.receiver?.status == "streaming"
            let step = actions.raise(changes: amounts.raises(standby), observed: host, streams: streams)
            var between = host
            between.configuration = .content(
                ManagedBlock.replacing(in: host.configuration.text ?? "", with: actions.parameterLines, atTop: false))
            let id = "postgresql.parameters.\(name)"
            let index = steps.firstIndex { $0.id == id }
            let changes = index.map { without(step.detail, in: steps[$0].detail) } ?? "managed block of postgresql.conf"
            let lowering = Actions(standby).parameters(changes: changes, observed: between, cause: .config)
            if let index {
                steps[index] = lowering
            } else if let restart = steps.firstIndex(where: { $0.id == "postgresql.restart.\(name)" }) {
                steps[restart].after.insert(id)
                steps.insert(lowering, at: restart)
            }
            steps.insert(step, at: first)
        }
        return steps
    }

    /// Of a list of changes, those that are not done by then.
    private func without(_ done: String, in changes: String) -> String {
        let done = done.split(separator: ", ")
        return changes.split(separator: ", ").filter { !done.contains($0) }.joined(separator: ", ")
    }
}

extension Desired {
    var standbys: [Node] {
        nodes.filter { if case .standby = $0.role { true } else { false } }
    }
}
