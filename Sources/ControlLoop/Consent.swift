package import ClusterModel

/// What the person who asked for a run has agreed to.
package enum Consent: Sendable {
    /// Whatever is to be done.
    case everything
    /// These steps, and whatever else needs no consent (`Step.needsConsent`); the answer of `ask` for what becomes due besides.
    case steps(Set<StepID>, ask: @Sendable (Plan) async -> Bool)
}

/// What a person has agreed to in the course of a run.
struct Agreed {
    private let consent: Consent
    private var steps: Set<StepID> = []
    private(set) var refused: Set<StepID> = []

    init(_ consent: Consent) {
        self.consent = consent
        if case .steps(let steps, _) = consent { self.steps = steps }
    }

    /// What of this may be done: all of it, or what does not rest on a step that was refused. Nobody is asked twice for the same.
    ///
    /// - Parameter mayAsk: false while clients are held, who wait for no answer; what needs one is then left to a later plan.
    mutating func part(of plan: Plan, mayAsk: Bool = true) async -> Plan {
        guard case .steps(_, let ask) = consent else { return plan }
        let new = Set(plan.steps.filter { $0.needsConsent && !steps.contains($0.id) }.map(\.id)).subtracting(refused)
        if !new.isEmpty, mayAsk {
            if await ask(plan) { steps.formUnion(new) } else { refused.formUnion(new) }
        }
        var part = plan
        var left = refused.union(mayAsk ? [] : new)
        part.steps = plan.steps.filter { step in
            guard left.contains(step.id) || step.waits(for: left) else { return true }
            left.insert(step.id)
            return false
        }
        return part
    }
}
