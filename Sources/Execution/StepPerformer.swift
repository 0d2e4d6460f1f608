package import ClusterModel
package import HostAccess

/// Whoever does the steps of a plan: `HostSteps` on real hosts, the simulation on its own.
package protocol StepPerformer: Sendable {
    func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome
}

/// Steps through the doors, each by its operations.
package struct HostSteps: StepPerformer {
    private let spec: ClusterSpec
    private let commands: any StepCommands
    private let doors: any Doors

    package init(spec: ClusterSpec, commands: any StepCommands, doors: any Doors) {
        self.spec = spec
        self.commands = commands
        self.doors = doors
    }

    package func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome {
        await StepRunner(spec: spec, commands: commands, doors: doors, watcher: watcher).run(step)
    }
}
