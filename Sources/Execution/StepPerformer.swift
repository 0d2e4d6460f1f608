package import ClusterModel
package import HostAccess

/// Whoever does the steps of a plan: `HostSteps` on real hosts, the simulation on its own.
package protocol StepPerformer: Sendable {
    func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome
}

/// Steps through the doors, each by its operations.
package struct HostSteps: StepPerformer {
    private let spec: ClusterSpec
    private let doors: any Doors

    package init(spec: ClusterSpec, doors: any Doors) {
        self.spec = spec
        self.doors = doors
    }

    package func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome {
        await StepRunner(spec: spec, doors: doors, watcher: watcher).run(step)
    }
}
