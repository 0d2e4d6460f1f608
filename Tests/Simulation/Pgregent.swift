import ClusterModel
import ControlLoop
import Execution
import HostAccess
import Planning

/// One machine's pgregent: a daemon that its service manager starts again after it was killed, and that gives way to a
/// person's command.
final class Pgregent: @unchecked Sendable {
    private let stage: Stage
    private let actor: Int
    private var current: Incarnation
    private var life: Task<Void, Never>?
    private var isAsked = false
    private var isOver = false

    init(_ stage: Stage, actor: Int) {
        self.stage = stage
        self.actor = actor
        current = Incarnation(stage, actor)
    }

    func begin() {
        life = Task {
            while !isOver {
                current = Incarnation(stage, actor)
                let before = Checkers.held(stage.world)
                if isAsked {
                    isAsked = false
                    await current.changePrimary()
                } else {
                    await current.goRound()
                }
                let doors = current.doors
                // What it looked at last, it may have looked at before all was well.
                let isWell = stage.time.now - stage.lastTrouble > .seconds(15)
                if !doors.isKilled, isWell, stage.actors == 1 {
                    stage.check { try Checkers.letGo($0, before: before) }
                }
                if doors.isKilled || doors.isAskedToStop { await stage.time.sleep(for: stage.duration(100...3000)) }
            }
        }
    }

    func kill() { current.doors.kill() }

    func askToStop() { current.doors.askToStop() }

    /// `pgregent switchover`, once the daemon has finished what it has in hand.
    func askForSwitchover() {
        stage.tell("pgregent \(actor + 1) is asked for a switchover")
        isAsked = true
        current.stop()
    }

    func end() async {
        isOver = true
        current.stop()
        await life?.value
    }

    /// It has looked at what there is now, and there is nothing that it would do.
    var isCalm: Bool { current.isCalm }

    var lastPlan: Plan? { current.lastPlan }
}

/// From a start to an end.
private final class Incarnation: @unchecked Sendable {
    let doors: ModelledDoors
    private let cluster: ManagedCluster
    private let watcher: Eyes
    private let stopRequest = StopRequest()

    init(_ stage: Stage, _ actor: Int) {
        let doors = ModelledDoors(stage, actor: actor, stop: stopRequest)
        let look = ModelledObserver(doors)
        self.doors = doors
        watcher = Eyes(stage, actor)
        cluster = ManagedCluster(
            spec: stage.world.spec, doors: doors, observer: look, performer: ModelledSteps(doors, look))
    }

    var isCalm: Bool { watcher.calmLooks >= 2 }
    var lastPlan: Plan? { watcher.lastPlan }

    func goRound() async {
        await Daemon(cluster, journal: Nowhere(), watcher: watcher, stop: stopRequest).run { "\($0)" }
    }

    func changePrimary() async {
        let once = ReconcileOnce(
            cluster, journal: Nowhere(), watcher: watcher, stop: stopRequest, planner: ClusterPlanner(cluster),
            request: .command(to: nil))
        _ = await once.run(first: nil, passName: "asked")
    }

    func stop() { stopRequest.request() }
}

private final class Eyes: DaemonWatcher, PassWatcher, @unchecked Sendable {
    private let stage: Stage
    private let actor: Int
    private(set) var lastPlan: Plan?
    /// Looks since something happened that found nothing to do.
    private(set) var calmLooks = 0
    private var running = 0
    private var lastLook = Duration.zero
    /// What was told last of the same is not told again.
    private var told: Plan?

    init(_ stage: Stage, _ actor: Int) {
        self.stage = stage
        self.actor = actor
    }

    func observed(_ plan: Plan) {
        lastPlan = plan
        let isOld = stage.lastEvent >= lastLook
        lastLook = stage.time.now
        calmLooks = isOld || running > 0 || !plan.runnable.isEmpty ? 0 : calmLooks + 1
        guard stage.world.isTold, plan != told else { return }
        told = plan
        stage.tell("pgregent \(actor + 1) has looked: \(plan.runnable.count) to do")
        guard plan.runnable.isEmpty else { return }
        for finding in plan.findings { stage.tell("  \(finding.subject): \(finding.code.rawValue)") }
        for step in plan.held { stage.tell("  \(step.id) is held: \(step.heldBy?.reason ?? "")") }
    }

    func started(_ step: Step) {
        running += 1
        calmLooks = 0
    }

    func finished(_ step: Step, _ outcome: StepOutcome, seconds: Double) { running -= 1 }
    func progress(_ step: Step, bytes: UInt64, total: UInt64?) {}
    func continued(with plan: Plan) {}
    func waits(for copies: [Finding]) {}
    func alive() {}
}

/// What a story tells is read by nobody while all is well.
private struct Nowhere: JournalSink {
    func record(_ entry: JournalEntry) async throws {}
}
