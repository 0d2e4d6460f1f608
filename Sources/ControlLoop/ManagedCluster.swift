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
    ///
    /// - Parameter waits: an observation waits for everybody, as long as it takes to be sure that nobody answers; false: for each
    ///   no longer than `failover.response_timeout`, and not at all for one that did not answer the last time.
    package init(spec: ClusterSpec, doors: any Doors, waits: Bool = true) {
        self.init(
            spec: spec, doors: doors, observer: ClusterObserver(spec: spec, doors: doors, waits: waits),
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
    /// This node has just answered.
    func expect(_ node: NodeName)
    /// Nobody observes any more.
    func end() async
}

extension SnapshotSource {
    package func expect(_ node: NodeName) {}
    package func end() async {}
}
