/// One ordered, idempotent action of a plan: what is done, why, and in which order.
///
/// What it is like, what people read of it, what is run for it and what the world is afterwards are functions of its
/// action. What `plan` prints under `commands` is made by the same function as what is run, so that a preview and a run cannot
/// differ.
package struct Step: Sendable, Hashable {
    /// Terraform's three kinds of change.
    package enum Change: String, Sendable, Hashable { case add, change, destroy }

    package enum Cause: String, Sendable, Hashable {
        /// Declared, and not there.
        case missing
        /// There, and not as the file says: somebody or something changed it.
        case drift
        /// The file asks for something new.
        case config
        case failover
        case switchover
        /// It was as declared, and broke.
        case repair
    }

    /// What clients notice.
    package enum Disruption: String, Sendable, Hashable, Comparable {
        case none, reload, restart, stop

        package static func < (left: Self, right: Self) -> Bool {
            let order: [Self] = [.none, .reload, .restart, .stop]
            return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
        }
    }

    /// Why a step is not done now.
    package struct Hold: Sendable, Hashable {
        package var rule: HoldRule
        package var reason: String

        package init(_ rule: SafetyRule, _ reason: String) {
            self.init(.safety(rule), reason)
        }

        package init(_ rule: HoldRule, _ reason: String) {
            self.rule = rule
            self.reason = reason
        }
    }

    package var action: Action
    package var target: HostName
    package var cause: Cause
    /// The steps that must have succeeded first, each with the rule that says so.
    package var after: [StepID: RuleName] = [:]
    package var heldBy: Hold?
    /// Must hold just before the step acts; otherwise the world has changed and the step is left to the next pass.
    package var preconditions: [Condition]
    /// Must hold afterwards, each within its own patience; otherwise the step has failed.
    package var postconditions: [Condition]

    package init(_ action: Action, on target: HostName, cause: Cause) {
        self.action = action
        self.target = target
        self.cause = cause
        preconditions = action.preconditions(on: target)
        postconditions = action.postconditions(on: target)
    }

    /// Unique within a plan, and the same for the same need: `repmgr.clone.vm3`.
    package var id: StepID { StepID(action.name, target) }
    package var change: Change { action.change(cause) }
    package var disruption: Disruption { action.disruption }
    package var words: Words { action.words(on: target) }

    package func has(_ trait: ActionTraits) -> Bool { action.traits.contains(trait) }

    /// Nobody does it who was not asked: it disturbs clients, destroys or copies something, or belongs to a change of the primary,
    /// which is begun as a whole or not at all. What lets clients go is none of that, whatever else it does.
    package var needsConsent: Bool {
        guard !has(.releasesClients) else { return false }
        return cause == .switchover || change == .destroy || disruption >= .restart || has(.copiesData)
            || has(.changesPrimary)
            || has(.pausesClients)
    }

    /// The same work in the same place of a plan. What was found out about it, and how far others are, may differ.
    package func isSame(as other: Step) -> Bool {
        action == other.action && target == other.target && heldBy?.rule == other.heldBy?.rule
            && after.keys == other.after.keys
    }

    package func waits(for others: Set<StepID>) -> Bool {
        !others.isEmpty && after.keys.contains(where: others.contains)
    }

    /// The same, to be begun when these are done.
    package func after(_ others: some Sequence<StepID>, _ rule: RuleName) -> Step {
        var step = self
        for id in others where step.after[id] == nil { step.after[id] = rule }
        return step
    }
}

extension [Step] {
    /// The same, each to be begun when all of the others are done.
    package func after(_ others: [Step], _ rule: RuleName) -> [Step] {
        map { $0.after(others.map(\.id), rule) }
    }
}
