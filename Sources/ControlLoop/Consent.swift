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
    mutating func part(of plan: Plan) async -> Plan {
        guard case .steps(_, let ask) = consent else { return plan }
        let new = plan.steps.filter { $0.needsConsent && !steps.contains($0.id) && !refused.contains($0.id) }
        if !new.isEmpty {
            if await ask(plan) {
                steps.formUnion(new.map(\.id))
            } else {
                refused.formUnion(new.map(\.id))
            }
        }
        var part = plan
        var left = refused
        part.steps = plan.steps.filter { step in
            guard refused.contains(step.id) || step.waits(for: left) else { return true }
            left.insert(step.id)
            return false
        }
        return part
    }
}
