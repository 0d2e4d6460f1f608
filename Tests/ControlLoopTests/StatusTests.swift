import ClusterModel
import Testing

@testable import ControlLoop

@Suite struct StatusTests {
    private func status(_ findings: [Finding]) -> ClusterStatus {
        let plan = Plan(
            cluster: "main", primary: "vm1", timeline: 1, nodesDeclared: 2, nodesObserved: 2, findings: findings,
            steps: [])
        return ClusterStatus(
            cluster: "main", primary: "vm1", timeline: 1, nodes: [], pools: [], backup: nil, conditions: [], plan: plan)
    }

    @Test("while a copy is being made there may be nothing to do, and the cluster is not as declared")
    func copying() {
        #expect(status([]).converged)
        #expect(!status([Finding(.cloneRunning, "vm2", evidence: ["a clone is at work"])]).converged)
    }
}
