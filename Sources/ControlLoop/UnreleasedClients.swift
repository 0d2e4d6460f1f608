import ClusterModel
import Execution

/// What steps that clients wait for have left behind when they did not all succeed: clients that are held, standbys that
/// were detached for it. Asked to stop in the middle of that, pgregent goes on until both are let go.
struct UnreleasedClients {
    private var clientsAreHeld = false
    private var detached: Set<NodeName> = []

    var isOpen: Bool { clientsAreHeld || !detached.isEmpty }

    /// How the steps of a plan have ended; those that were not begun have no outcome.
    mutating func note(_ steps: [Step], _ outcomes: [StepID: StepOutcome]) {
        let waited = steps.filter { $0.has(.clientsWait) }
        if waited.contains(where: { outcomes[$0.id] != nil }) {
            clientsAreHeld = !waited.allSatisfy { outcomes[$0.id] == .done }
            detached.formUnion(waited.filter { $0.has(.detachesReceiver) && outcomes[$0.id] != nil }.map(\.target))
        }
        for step in steps where step.has(.leadsReceiver) && outcomes[step.id] == .done {
            detached.remove(step.target)
        }
    }

    /// The steps of a later plan that let go, with what these wait for.
    func lettingGo(_ steps: [Step]) -> [Step] {
        guard isOpen else { return [] }
        var wanted: Set<StepID> = []
        for step in steps.reversed() where letsGo(step) || wanted.contains(step.id) {
            wanted.insert(step.id)
            wanted.formUnion(step.after.keys)
        }
        return steps.filter { wanted.contains($0.id) }
    }

    private func letsGo(_ step: Step) -> Bool {
        step.has(.clientsWait) || detached.contains(step.target) && step.has(.leadsReceiver)
    }
}
