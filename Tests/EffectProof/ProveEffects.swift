import ClusterConfig
import ClusterModel
import ControlLoop
import Execution
import FoundationEssentials
import Glibc
import Planning
import RealDoors

/// `reconcile --once` on real hosts, that holds the product's word of what each step brings about against a fresh observation.
///
///     prove-effects FILE [switchover | failover]
@main
struct ProveEffects {
    static func main() async throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let path = arguments.first, let data = FileManager.default.contents(atPath: path),
            let spec = ClusterConfig.decode(Array(data), file: path).spec
        else {
            print("usage: prove-effects FILE [switchover | failover]; FILE must declare a cluster")
            exit(1)
        }
        let doors = try RealDoors(spec)
        let observer = ClusterObserver(spec: spec, doors: doors)
        let proof = EffectProof(spec, observer, doors)
        let cluster = ManagedCluster(spec: spec, doors: doors, observer: observer, performer: proof)
        let request = arguments.dropFirst().first
        let failover: Failover.Request =
            request == "failover" ? .command(to: nil, acceptDataLoss: false) : .policy
        let once = ReconcileOnce(
            cluster, journal: Unwritten(), watcher: Silent(), stop: StopRequest(),
            planner: ClusterPlanner(cluster, failover: failover),
            request: request == "switchover" ? .command(to: nil) : .preference)
        let report = await once.run(first: nil, passName: "proof")
        await doors.close()
        for failure in report.failures { print("failed: \(failure.step.id): \(failure.outcome)") }
        for step in report.plan.steps { print("left: \(step.id) \(step.heldBy?.reason ?? "")") }
        let differing = await proof.differing
        print("\(report.done.count) steps done, \(differing) differ, \(report.failures.count) failed")
        exit(differing == 0 && report.failures.isEmpty ? 0 : 3)
    }
}

private struct Unwritten: JournalSink {
    func record(_ entry: JournalEntry) async throws {}
}

private struct Silent: PassWatcher {
    func started(_ step: Step) {}
    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) {}
    func progress(_ step: Step, bytes: UInt64, total: UInt64?) {}
    func continued(with plan: Plan) {}
    func waits(for copies: [Finding]) {}
}
