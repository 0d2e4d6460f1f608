package import ClusterModel
package import Execution
package import HostAccess
package import Planning

/// Looks, plans and applies, again and again: every `reconcile.interval`, and at once when the primary's connection
/// breaks or falls silent.
package struct Daemon: Sendable {
    private let spec: ClusterSpec
    private let doors: any Doors
    private let journal: any JournalSink
    private let watcher: any DaemonWatcher
    private let stop: StopRequest

    package init(
        spec: ClusterSpec, doors: any Doors, journal: any JournalSink, watcher: any DaemonWatcher, stop: StopRequest
    ) {
        self.spec = spec
        self.doors = doors
        self.journal = journal
        self.watcher = watcher
        self.stop = stop
    }

    /// Goes round until somebody asks it to stop.
    package func run(passName: @Sendable (Int) -> String) async {
        let lookout = Lookout(spec: spec, doors: doors)
        let bell = AlarmBell()
        var pacing = Pacing(interval: spec.reconcile.interval)
        var watched: (name: NodeName, task: Task<Void, Never>)?
        var alarm: Heartbeat.Alarm?
        var pass = 0
        while !stop.isRequested {
            pass += 1
            if case .silent(let since)? = alarm, let watched { await lookout.suspect(watched.name, since: since) }
            alarm = nil
            switch await look(lookout, bell) {
            case .alarm(let raised): alarm = raised
            case .plan(let plan):
                watcher.looked(plan)
                await apply(plan, lookout, &pacing, passName(pass))
                if let primary = plan.primary, primary != watched?.name, let node = spec.node(primary) {
                    watched?.task.cancel()
                    bell.silence()
                    let heartbeat = Heartbeat(spec: spec, doors: doors, node: node, bell: bell)
                    watched = (primary, Task { await heartbeat.run() })
                }
                alarm = await wait(bell)
            }
            watcher.alive()
        }
        watched?.task.cancel()
        await watched?.task.value
    }

    private enum Look: Sendable {
        case plan(Plan)
        case alarm(Heartbeat.Alarm)
    }

    /// A look waits for the slowest host; silence of the primary ends it, since what it would tell comes too late.
    private func look(_ lookout: Lookout, _ bell: AlarmBell) async -> Look {
        await withTaskGroup(of: Look?.self) { group in
            group.addTask { .plan(await lookout.plan(request)) }
            group.addTask {
                while let alarm = await bell.next() {
                    // A broken connection is what the look itself sees.
                    if case .silent = alarm { return .alarm(alarm) }
                }
                return nil
            }
            defer { group.cancelAll() }
            while let result = await group.next() {
                if let result { return result }
            }
            return .alarm(.broken)
        }
    }

    /// `switchover.mode: manual` leaves a change of primary to a person: it is shown as pending, not done.
    private var request: Switchover.Request? { spec.switchover.mode == .automatic ? .preference : nil }

    private func apply(_ plan: Plan, _ lookout: Lookout, _ pacing: inout Pacing, _ name: String) async {
        let due = pacing.due(plan, doors.clock.uptime)
        guard !due.steps.isEmpty else { return }
        let report = await ReconcileOnce(
            spec: spec, doors: doors, journal: journal, watcher: watcher, stop: stop, lookout: lookout,
            request: request
        ).run(first: due, passName: name)
        pacing.note(report, doors.clock.uptime, jitter: doors.clock.jitter())
        watcher.ended(report)
    }

    private func wait(_ bell: AlarmBell) async -> Heartbeat.Alarm? {
        await withTaskGroup(of: Heartbeat.Alarm?.self) { group in
            group.addTask {
                let slice = Duration.milliseconds(200)
                let end = doors.clock.uptime + spec.reconcile.interval
                while !stop.isRequested, doors.clock.uptime < end {
                    guard (try? await doors.clock.sleep(for: min(slice, end - doors.clock.uptime))) != nil else {
                        break
                    }
                }
                return nil
            }
            group.addTask { await bell.next() }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}

/// Who wants to see a daemon as it goes.
package protocol DaemonWatcher: PassWatcher {
    func looked(_ plan: Plan)
    func ended(_ report: ReconcileOnce.Report)
    /// Once a round: what a watchdog wants to hear.
    func alive()
}
