import ClusterModel
import Systems

/// Rules that hold a step, and say so; they never hide one.
struct HoldUnsafeSteps: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        // What is known by then: a change of primary that is refused is a finding, too.
        let gates = SafetyGates(
            spec: view.spec, snapshot: view.snapshot, roles: view.roles, findings: draft.findings,
            ofNodes: view.ofNodes)
        draft.steps = gates.applied(draft.steps)
    }
}

private struct SafetyGates {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let roles: Roles
    let findings: [Finding]
    /// Those of them that are of a node's own data, programs and server.
    let ofNodes: [NodeName: [Finding]]

    func applied(_ steps: [Step]) -> [Step] {
        let broken = ofNodes.compactMapValues(Self.brokenness)
        let brokenNodeIsLeftAlone = { (step: Step) in
            step.action.isOfServer ? broken[step.target] : nil
        }
        let gates = [nothingDestroyedUnseen, primaryIsKnown, primaryStays, brokenNodeIsLeftAlone, recordIsKept]
        var held: Set<StepID> = []
        let gated = steps.map { step in
            var step = step
            for gate in gates where step.heldBy == nil {
                step.heldBy = gate(step)
            }
            if step.heldBy == nil, !held.isEmpty, let first = step.after.keys.filter(held.contains).min() {
                step.heldBy = Step.Hold(.after, "\(first) is held")
            }
            if step.heldBy != nil { held.insert(step.id) }
            return step
        }
        return nobodyWaitsForWhatIsHeld(gated)
    }

    /// Clients are not held for a restart that is.
    private func nobodyWaitsForWhatIsHeld(_ steps: [Step]) -> [Step] {
        guard let restart = steps.first(where: { $0.heldBy != nil && $0.has([.clientsWait, .restartsServer]) }) else {
            return steps
        }
        return steps.map { step in
            guard step.heldBy == nil, step.has(.clientsWait), restart.after[step.id] != nil else { return step }
            var step = step
            step.heldBy = Step.Hold(.nobodyWaitsForWhatIsHeld, "\(restart.id) is held")
            return step
        }
    }

    /// What is not seen is not absent: nothing is taken away on the word of an incomplete observation.
    private func nothingDestroyedUnseen(_ step: Step) -> Step.Hold? {
        guard step.change == .destroy else { return nil }
        // The node that is leaving may be gone for good: that is why it is leaving.
        let unseen = findings.filter { $0.severity == .incomplete && $0.subject != step.target }
        guard let first = unseen.first else { return nil }
        return Step.Hold(.nothingDestroyedUnseen, "\(first.subject) could not be observed")
    }

    /// While it is not certain who the primary is, nothing is stopped, restarted or taken away, and the servers that take
    /// writes are left as they are: each may be the one with the data that counts.
    private func primaryIsKnown(_ step: Step) -> Step.Hold? {
        // A failover is the decision itself.
        guard roles.primary == nil, step.cause != .failover else { return nil }
        let disrupts = step.action.system == .postgresql && step.disruption >= .restart
        let isWritable = step.action.isOfServer && snapshot.writable(spec).contains { $0.name == step.target }
        guard step.change == .destroy || disrupts || isWritable else { return nil }
        guard case .undecided(let hold) = roles.course else {
            return Step.Hold(.primaryIsKnown, "it is not known which node is the primary")
        }
        return Step.Hold(.primaryIsKnown, hold.reason)
    }

    private func primaryStays(_ step: Step) -> Step.Hold? {
        guard step.target == roles.primary, spec.node(step.target)?.ensure == .absent, step.change == .destroy else {
            return nil
        }
        return Step.Hold(.primaryStays, "\(step.target) is the primary: switch over first")
    }

    /// What is begun and not remembered could not be finished or undone by the next run.
    private func recordIsKept(_ step: Step) -> Step.Hold? {
        guard step.action.writesRecord else { return nil }
        let codes: Set<Finding.Code> = [.recordNotWritable, .recordUnknown]
        return ofNodes[step.target]?.first { codes.contains($0.code) }.map {
            Step.Hold(.finding($0.code), $0.evidence.joined(separator: "; "))
        }
    }

    /// A node whose data, programs or files are not as they must be gets nothing done before a person has looked. What
    /// is wrong with PgBouncer or Barman on the same host is no matter of the server's.
    private static func brokenness(_ findings: [Finding]) -> Step.Hold? {
        let codes: Set<Finding.Code> = [
            .foreignSystemIdentifier, .dataDirectoryNotEmpty, .wrongDataDirectory, .programMissing, .notWritable,
            .wrongVersion,
            .standbyDiverged, .standbyBeyondSlot,
        ]
        return findings.first { codes.contains($0.code) && $0.severity == .blocking }.map {
            Step.Hold(.finding($0.code), $0.evidence.joined(separator: "; "))
        }
    }
}
