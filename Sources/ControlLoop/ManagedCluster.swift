package import ClusterModel
package import Execution
package import HostAccess
import Planning
package import Systems

/// What the loop goes round with: what is declared, and the ways to see the cluster and to change it.
package struct ManagedCluster: Sendable {
    package let spec: ClusterSpec
    package let doors: any Doors
    let observer: any SnapshotSource
    let performer: any StepPerformer

    /// On the declared hosts.
    package init(spec: ClusterSpec, doors: any Doors) {
        self.init(
            spec: spec, doors: doors, observer: ClusterObserver(spec: spec, doors: doors),
            performer: HostSteps(spec: spec, commands: ClusterCommands(spec), doors: doors))
    }

    /// Seen and changed in another way: the simulation's.
    package init(
        spec: ClusterSpec, doors: any Doors, observer: any SnapshotSource, performer: any StepPerformer
    ) {
        self.spec = spec
        self.doors = doors
        self.observer = observer
        self.performer = performer
    }

    func runner(
        journal: any JournalSink, watcher: any ExecutionWatcher, stop: StopRequest
    ) -> PlanRunner {
        PlanRunner(performer: performer, clock: doors.clock, journal: journal, watcher: watcher, stop: stop)
    }
}

/// Sees everything declared once.
package protocol SnapshotSource: Sendable {
    /// - Parameter silent: known to answer nobody: it is asked once more, and not waited for.
    func observe(silent: NodeName?) async -> ClusterSnapshot
}
