import ClusterModel
import PostgreSQL
import Systems

/// What an earlier version remembered on the hosts goes into their records first; the next plan decides by these.
struct CarryOverOldRecords: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        draft.steps = view.spec.dataNodes.compactMap { node in
            guard let old = view.snapshot.host(node.name)?.oldRecords, !old.isEmpty else { return nil }
            return Step(.postgresql(.carryOverRecord(old)), on: node.name, cause: .repair)
        }
    }
}
