package import ClusterModel
package import Systems

/// What becomes due in the course of a run, as far as the effects of its steps tell: each plan of a run rests on what the one before
/// it has brought about. It is for people, who agree to the whole and not to its first step.
package enum Forecast {
    /// A run takes fewer plans than that.
    private static let maximumPasses = 8

    /// - Parameters:
    ///   - plan: the first one, of this snapshot.
    ///   - request: what was asked for; a switchover is not asked for again once its steps are done.
    /// - Returns: the steps of the later plans in their order, each id once, and none of the first one.
    package static func steps(
        after plan: Plan, _ spec: ClusterSpec, _ snapshot: ClusterSnapshot, request: Switchover.Request?,
        failover: Failover.Request
    ) -> [Step] {
        let effect = ClusterEffect(spec)
        var (snapshot, plan, request) = (snapshot, plan, request)
        var known = Set(plan.steps.map(\.id))
        var later: [Step] = []
        for _ in 1...maximumPasses {
            guard plan.applyable else { break }
            for step in plan.runnable { effect.applyWithStreams(step, to: &snapshot) }
            if plan.runnable.contains(where: { $0.cause == .switchover }) { request = nil }
            plan = PlanMaker.plan(spec, snapshot, request: request, failover: failover)
            let new = plan.runnable.filter { known.insert($0.id).inserted }
            guard !new.isEmpty else { break }
            later += new
        }
        return later
    }
}
