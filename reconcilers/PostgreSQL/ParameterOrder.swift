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
        guard steps.contains(where: Self.isForParameters),
            let primary = desired.nodes.first(where: { $0.role == .primary })
        else { return steps }
        let amounts = StandbyAmounts(desired: desired, observed: observed, primary: primary)
        let turns = Dictionary(desired.standbys.map { ($0.spec.name, turn(of: $0, amounts)) }) { $1 }
        let steps = split(steps, turns, amounts)
        let early = steps.filter { isEarly($0, turns, primary.spec.name) }.map(\.id)
        let late = steps.filter { Self.isRestart($0) && isLate($0, turns) }.map(\.id)
        return steps.map { step in
            var step = step
            for chain in [early, late] {
                if let index = chain.firstIndex(of: step.id), index > 0 {
                    step = step.after([chain[index - 1]], .oneStandbyAtATime)
                }
            }
            guard Self.isForParameters(step) else { return step }
            if step.target == primary.spec.name {
                step = step.after(early, .standbysBeforePrimary)
                step.heldBy = amounts.holdOfPrimary
            } else if isLate(step, turns) {
                step = step.after([StepID(.postgresqlRestart, primary.spec.name)], .loweredOnPrimaryFirst)
            }
            if let standby = desired.standbys.first(where: { $0.spec.name == step.target }) {
                step.heldBy = amounts.hold(of: standby)
                step.preconditions += amounts.replayed(standby)
            }
            return step
        }
    }

    private static func isForParameters(_ step: Step) -> Bool {
        switch step.action {
        case .postgresql(.setParameters), .postgresql(.restart): true
        default: false
        }
    }

    private static func isRestart(_ step: Step) -> Bool {
        if case .postgresql(.restart) = step.action { true } else { false }
    }

    private func turn(of standby: Desired.Node, _ amounts: StandbyAmounts) -> Turn {
        guard amounts.waitsForPrimary(standby) else { return .before }
        return amounts.primaryWaitsFor(standby) ? .both : .after
    }

    private func isEarly(_ step: Step, _ turns: [NodeName: Turn], _ primary: NodeName) -> Bool {
        if case .postgresql(.raiseParameters) = step.action { return true }
        return Self.isRestart(step) && step.target != primary && !isLate(step, turns)
    }

    private func isLate(_ step: Step, _ turns: [NodeName: Turn]) -> Bool {
        turns[step.target] == .after || turns[step.target] == .both
    }

    /// A standby that both raises and lowers gets a step of its own for the first half.
    private func split(_ steps: [Step], _ turns: [NodeName: Turn], _ amounts: StandbyAmounts) -> [Step] {
        var steps = steps
        for standby in desired.standbys where turns[standby.spec.name] == .both {
            let name = standby.spec.name
            guard let first = steps.firstIndex(where: { $0.target == name && $0.action.system == .postgresql }),
                let host = observed[name]?.host.value
            else { continue }
            let raises = amounts.raises(standby)
            let raised = ParameterBlock(
                settings: amounts.raisedAlone(standby), observed: host.configuration.text, changes: raises)
            let streams = observed[name]?.server.value?.receiver?.status == "streaming"
            let raise = Step(.postgresql(.raiseParameters(raised, streams: streams)), on: name, cause: .config)
            let written = StepID(.postgresqlParameters, name)
            let index = steps.firstIndex { $0.id == written }
            let between = ManagedBlock.replacing(
                in: host.configuration.text ?? "", with: NodeCommands.lines(raised.settings), atTop: false)
            let lowered = ParameterBlock(
                settings: standby.parameters, observed: between,
                changes: index.flatMap { Self.changes(steps[$0]) }?.filter { !raises.contains($0) })
            let lowering = Step(.postgresql(.setParameters(lowered)), on: name, cause: .config)
            if let index {
                steps[index] = lowering
            } else if let restart = steps.firstIndex(where: { $0.id == StepID(.postgresqlRestart, name) }) {
                steps[restart] = steps[restart].after([written], .fileBeforeRestart)
                steps.insert(lowering, at: restart)
            }
            steps.insert(raise, at: first)
        }
        return steps
    }

    private static func changes(_ step: Step) -> [ValueChange]? {
        if case .postgresql(.setParameters(let block)) = step.action { block.changes } else { nil }
    }
}

extension Desired {
    var standbys: [Node] {
        nodes.filter { if case .standby = $0.role { true } else { false } }
    }
}
