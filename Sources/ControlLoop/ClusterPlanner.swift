package import ClusterModel
import Planning
import Systems

/// Observes the cluster and plans; and where a primary is silent and may be replaced, makes sure of that first.
package actor ClusterPlanner {
    private let cluster: ManagedCluster
    private var spec: ClusterSpec { cluster.spec }
    private let failover: Failover.Request
    private var suspicion: Suspicion?
    /// Its host does not answer either: no observation need wait for it.
    private var silent: NodeName?
    /// What the last plan rests on.
    private var last: ClusterSnapshot?

    package init(_ cluster: ManagedCluster, failover: Failover.Request = .policy) {
        self.cluster = cluster
        self.failover = failover
    }

    package func plan(_ request: Switchover.Request?) async -> Plan {
        let snapshot = await observe()
        last = snapshot
        let plan = PlanMaker.plan(spec, snapshot, request: request, failover: failover)
        // What was made sure of holds for the failover that follows at once, and for nothing later.
        if !plan.runnable.contains(where: { $0.cause == .failover }) { (suspicion, silent) = (nil, nil) }
        return plan
    }

    /// What the last plan makes due in its course, as far as can be told.
    package func forecast(after plan: Plan, _ request: Switchover.Request?) -> [Step] {
        guard let last else { return [] }
        return Forecast.steps(after: plan, spec, last, request: request, failover: failover)
    }

    /// The primary has given no sign of life since `since`: that is confirmed before anything else is.
    package func suspect(_ name: NodeName, since: Duration) async {
        guard decides, let node = spec.node(name) else { return }
        await confirm(node, since: since)
    }

    private func observe() async -> ClusterSnapshot {
        let snapshot = await observeOnce()
        guard suspicion == nil, decides, let loss = PrimaryLoss(spec, snapshot), loss.mayBeConfirmed,
            let node = spec.node(loss.node)
        else { return snapshot }
        await confirm(node, since: nil)
        return await observeOnce()
    }

    private func observeOnce() async -> ClusterSnapshot {
        var snapshot = await cluster.observer.observe(silent: silent)
        snapshot.suspicion = suspicion
        return snapshot
    }

    private func confirm(_ node: NodeSpec, since: Duration?) async {
        switch await PrimaryConfirmation(spec: spec, doors: cluster.doors, node: node).run(since: since) {
        case .answered:
            (suspicion, silent) = (nil, nil)
            cluster.observer.expect(node.name)
        case .silent(let found, let hostAnswers):
            suspicion = found
            silent = hostAnswers ? nil : node.name
        }
    }

    private var decides: Bool {
        failover != .policy || (spec.failover.mode == .automatic && spec.failover.owner == .pgregent)
    }
}
