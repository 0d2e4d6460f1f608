package import ClusterModel
package import Execution
import HostAccess
import Planning

/// Observes, plans and applies, again and again: every `reconcile.interval`, as soon as something was done, and at once when
/// the primary's connection breaks or falls silent.
package struct Daemon: Sendable {
    private let cluster: ManagedCluster
    private var spec: ClusterSpec { cluster.spec }
    private var doors: any Doors { cluster.doors }
    private let journal: any JournalSink
    private let watcher: any DaemonWatcher
    private let stop: StopRequest
    private let turns: Turns

    /// - Parameter turns: who wants to do something between two rounds.
    package init(
        _ cluster: ManagedCluster, journal: any JournalSink, watcher: any DaemonWatcher, stop: StopRequest,
        turns: Turns = Turns()
    ) {
        self.turns = turns
        self.cluster = cluster
        self.journal = journal
        self.watcher = watcher
        self.stop = stop
    }

    /// Goes round until somebody asks it to stop; then the steps in hand are finished, and nobody is left held.
    package func run(passName: @escaping @Sendable (Int) -> String) async {
        let clock = doors.clock
        let running = RunningSteps(
            backoff: Backoff(interval: spec.reconcile.interval), watcher: watcher, now: { clock.uptime },
            jitter: { clock.jitter() })
        let events = ConnectionEvents()
        let planner = ClusterPlanner(cluster)
        let pass = await withDiscardingTaskGroup { work in
            await goRound(&work, running, planner, events, passName)
        }
        await letGo(running, planner, passName, after: pass)
        await cluster.observer.end()
    }

    /// Asked to stop in the middle of a hold that did not end, it goes on until clients are let go.
    private func letGo(
        _ running: RunningSteps, _ planner: ClusterPlanner, _ passName: @Sendable (Int) -> String, after last: Int
    ) async {
        for pass in 1...Self.passesToLetGo where running.holds {
            let steps = running.lettingGo(await planner.plan(nil))
            guard !steps.steps.isEmpty else { return }
            let runner = cluster.runner(journal: journal, watcher: running, stop: stop)
            running.note(steps, await runner.run(steps, pass: passName(last + pass), held: true, lettingGo: true))
            watcher.alive()
        }
    }

    /// What cannot be let go in these is left to the next run.
    private static let passesToLetGo = 3

    private func goRound(
        _ work: inout DiscardingTaskGroup, _ running: RunningSteps, _ planner: ClusterPlanner,
        _ events: ConnectionEvents,
        _ passName: @escaping @Sendable (Int) -> String
    ) async -> Int {
        var monitor = ConnectionMonitor(spec: spec, doors: doors, events: events)
        var alarm: Heartbeat.Alarm?
        var pass = 0
        // Observations soon after a connection broke may still see a server that is about to be gone.
        var restless = 0
        turns.listen { events.ring(.asked) }
        defer { turns.listen(nil) }
        while !stop.isRequested {
            while !stop.isRequested, let turn = turns.next() {
                await give(turn, running)
                (alarm, restless) = (nil, 5)
            }
            pass += 1
            if case .silent(let since)? = alarm, let primary = monitor.primary {
                await planner.suspect(primary, since: since)
            }
            if case .broken? = alarm { restless = 5 }
            alarm = nil
            let moves = running.moves
            switch await observe(planner, events) {
            case .alarm(let raised): alarm = raised
            case .plan where running.moves != moves: break
            case .plan(let plan, let isStale):
                watcher.observed(plan)
                monitor.keep(primary: plan.primary)
                alarm = await apply(running.due(plan), &work, running, events, passName(pass))
                if isStale { restless = 5 }
                let isUneasy = restless > 0 && plan.primary == nil
                restless = max(0, restless - 1)
                if alarm == nil, !running.takeChanged(), !isStale {
                    alarm = await pause(events, for: isUneasy ? .milliseconds(200) : spec.reconcile.interval)
                }
            }
            watcher.alive()
        }
        await monitor.end()
        return pass
    }

    /// A copy goes on meanwhile; anything else that is in hand is finished first.
    private func give(_ turn: @escaping @Sendable () async -> Void, _ running: RunningSteps) async {
        let end = doors.clock.uptime + spec.reconcile.commandTimeout
        while !stop.isRequested, running.isAtWork, doors.clock.uptime < end { await sleep(.milliseconds(50)) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    watcher.alive()
                    try? await doors.clock.sleep(for: .seconds(1))
                }
            }
            await turn()
            group.cancelAll()
        }
    }

    private enum Observation: Sendable {
        /// `isStale`: something happened meanwhile, and may have been missed.
        case plan(Plan, isStale: Bool)
        case alarm(Heartbeat.Alarm)
    }

    private enum Event: Sendable {
        case plan(Plan)
        case alarm(Heartbeat.Alarm?)
    }

    /// An observation waits for the slowest host; silence of the primary ends it, since what it would tell comes too late.
    private func observe(_ planner: ClusterPlanner, _ events: ConnectionEvents) async -> Observation {
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .plan(await planner.plan(request)) }
            group.addTask { .alarm(await events.next()) }
            defer { group.cancelAll() }
            var isStale = false
            while let event = await group.next() {
                switch event {
                case .plan(let plan): return .plan(plan, isStale: isStale)
                case .alarm(.silent(let since)): return .alarm(.silent(since: since))
                case .alarm(.asked): return .alarm(.asked)
                case .alarm(.broken):
                    isStale = true
                    group.addTask { .alarm(await events.next()) }
                case .alarm(nil): break
                }
            }
            return .alarm(.broken)
        }
    }

    /// `switchover.mode: manual` leaves a change of primary to a person: it is shown as pending, not done.
    private var request: Switchover.Request? { spec.switchover.mode == .automatic ? .preference : nil }

    /// Begins what is due, and waits for it no longer than an interval: then steps in hand go on beside the next rounds,
    /// and no other step of this plan is begun, since it rests on an observation that is old by then.
    private func apply(
        _ plan: Plan, _ work: inout DiscardingTaskGroup, _ running: RunningSteps, _ events: ConnectionEvents,
        _ name: String
    ) async -> Heartbeat.Alarm? {
        guard !plan.steps.isEmpty else { return nil }
        let enough = StopRequest()
        let over = ConnectionEvents()
        let runner = cluster.runner(journal: journal, watcher: running, stop: enough)
        work.addTask {
            running.note(plan, await runner.run(plan, pass: name))
            over.ring(.broken)
        }
        // A failover is not left half-way for the sake of a round, nor is anything that clients wait for.
        let isUrgent = plan.steps.contains { $0.cause == .failover || $0.cause == .switchover || $0.has(.clientsWait) }
        let patience = isUrgent ? spec.reconcile.commandTimeout : spec.reconcile.interval
        let alarm = await withTaskGroup(of: Heartbeat.Alarm?.self) { group in
            group.addTask {
                _ = await over.next()
                return nil
            }
            group.addTask {
                await sleep(patience)
                return nil
            }
            // The connection to an old primary that we stop ourselves breaks: that is no news.
            if !plan.steps.contains(where: { $0.has(.clientsWait) }) {
                group.addTask {
                    while let alarm = await events.next() {
                        // Who asks for something waits for what is urgent.
                        if case .asked = alarm, isUrgent { continue }
                        return alarm
                    }
                    return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        enough.request()
        return alarm
    }

    private func pause(_ events: ConnectionEvents, for duration: Duration) async -> Heartbeat.Alarm? {
        await withTaskGroup(of: Heartbeat.Alarm?.self) { group in
            group.addTask {
                await sleep(min(duration, spec.reconcile.interval))
                return nil
            }
            group.addTask { await events.next() }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// In slices, so that a request to stop is heard.
    private func sleep(_ duration: Duration) async {
        let end = doors.clock.uptime + duration
        while !stop.isRequested, doors.clock.uptime < end {
            let slice = min(.milliseconds(200), end - doors.clock.uptime)
            guard (try? await doors.clock.sleep(for: slice)) != nil else { return }
        }
    }
}

/// Who wants to see a daemon as it goes.
package protocol DaemonWatcher: ExecutionWatcher {
    func observed(_ plan: Plan)
    /// Once a round: what a watchdog wants to hear.
    func alive()
}
