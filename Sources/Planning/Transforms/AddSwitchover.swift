import ClusterModel
import Systems

/// A change of primary that is asked for: its steps when nothing stands against it, and otherwise why not. It begins from a
/// cluster that is as declared: what else is to be done is done first, and the next plan goes on.
struct AddSwitchover: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        guard let request = view.request, let primary = view.roles.primary, !view.roles.primaryIsToBeCreated else {
            return
        }
        let preflight = SwitchoverPreflight(spec: view.spec, snapshot: view.snapshot, primary: primary)
        let unseen = view.findings.filter { $0.severity != .notice }.map { "\($0.subject): \($0.code.rawValue)" }
        switch preflight.resolution(request) {
        case .stay: return
        case .nobody(let objections): refuse(from: primary, to: nil, unseen + objections, &draft)
        case .move(let target):
            let objections = unseen + preflight.objections(to: target)
            if objections.isEmpty {
                begin(Switchover(from: primary, to: target), view, preflight.warnings, &draft)
            } else {
                refuse(from: primary, to: target, objections, &draft)
            }
        }
    }

    private func begin(
        _ switchover: Switchover, _ view: PlanningView, _ warnings: [String], _ draft: inout PlanDraft
    ) {
        var evidence = warnings
        if draft.steps.isEmpty {
            draft.steps =
                SwitchoverSequence(spec: view.spec, snapshot: view.snapshot, switchover: switchover).steps()
        } else {
            evidence = ["\(switchover.from) -> \(switchover.to) follows when the steps below are done"]
        }
        if !evidence.isEmpty {
            draft.findings.append(Finding(.switchoverPending, switchover.to, evidence: evidence))
        }
    }

    private func refuse(
        from primary: NodeName, to target: NodeName?, _ objections: [String], _ draft: inout PlanDraft
    ) {
        var step = Step(
            .decision(.switchover(from: primary, to: target)), on: target ?? primary, cause: .switchover)
        step.heldBy = Step.Hold(.switchover, objections.joined(separator: "; "))
        draft.steps.append(step)
        draft.findings.append(
            Finding(
                .switchoverRefused, target ?? primary, evidence: objections,
                remedy: "nothing is touched while one of these stands", severity: .blocking))
    }
}
