import ClusterModel
import ControlLoop
import Execution
import Glibc
import HostAccess
import Logging
import RealDoors
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `pgregent reconcile`: runs until SIGTERM or SIGINT; SIGHUP reads the file again.
struct DaemonRun {
    let file: FileOption
    let spec: ClusterSpec
    let logger: Logger

    func run() async throws -> ExitStatus {
        // From the first moment on: a SIGHUP that nobody waits for yet must not end the daemon.
        signal(SIGHUP, SIG_IGN)
        let state = try StateDirectory(cluster: spec.cluster)
        let service = ReconcileService(
            file: file, spec: spec, leases: LockFile(state),
            journal: try KillPoint.wrap(JournalFile(state, for: "daemon")),
            logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        return .done
    }
}

/// The daemon as a service: a graceful shutdown lets the steps in hand be finished.
struct ReconcileService: Service {
    let file: FileOption
    let spec: ClusterSpec
    let leases: any LeaseStore
    let journal: any JournalSink
    let logger: Logger

    func run() async throws {
        let stop = StopRequest()
        let commands = Mutex<CommandSocket?>(nil)
        let notifier = ServiceNotifier()
        try await withGracefulShutdownHandler {
            var spec = spec
            notifier.tell("READY=1")
            guard let (lease, current) = try await takeLease(stop, notifier) else { return }
            spec = current
            logger.info("started", metadata: ["cluster": "\(spec.cluster)", "interval": "\(spec.reconcile.interval)"])
            let turns = Turns()
            let socket = commandSocket(spec, turns)
            commands.withLock { $0 = socket }
            if stop.isRequested { socket?.close() }
            while !stop.isRequested {
                guard let next = await round(spec, stop, notifier, turns) else { break }
                spec = next
                socket?.use(next)
            }
            socket?.close()
            notifier.tell("STOPPING=1")
            await lease.release()
            logger.info("stopped", metadata: ["cluster": "\(spec.cluster)"])
        } onGracefulShutdown: {
            stop.request()
            commands.withLock { $0 }?.close()
        }
    }

    /// Without one the daemon does its work all the same; nobody can ask it for anything.
    private func commandSocket(_ spec: ClusterSpec, _ turns: Turns) -> CommandSocket? {
        do {
            let socket = try CommandSocket(spec, turns: turns, logger: logger)
            socket.start()
            return socket
        } catch {
            logger.error("commands cannot be taken", metadata: ["error": "\(error)"])
            return nil
        }
    }

    /// While another pgregent holds the cluster this one stands by, and takes over when that one goes, in whatever way.
    ///
    /// - Returns: nil when it is time to stop before that.
    private func takeLease(_ stop: StopRequest, _ notifier: ServiceNotifier) async throws -> (any Lease, ClusterSpec)? {
        var told: String?
        while !stop.isRequested {
            switch try await leases.acquire(cluster: spec.cluster) {
            case .acquired(let lease):
                // The file may have changed since.
                return (lease, told == nil ? spec : changed(spec) ?? spec)
            case .heldBy(let holder):
                if told != holder {
                    logger.notice("standing by: another pgregent holds the cluster", metadata: ["holder": "\(holder)"])
                    notifier.tell("STATUS=standing by: another pgregent holds the cluster: \(holder)")
                    told = holder
                }
            }
            notifier.tell("WATCHDOG=1")
            try? await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    /// Goes round with one version of the file; gives the next one when SIGHUP brought a good one.
    private func round(_ spec: ClusterSpec, _ stop: StopRequest, _ notifier: ServiceNotifier, _ turns: Turns) async
        -> ClusterSpec?
    {
        let doors: RealDoors
        do {
            doors = try RealDoors(spec)
        } catch {
            logger.critical("cannot begin", metadata: ["error": "\(error)"])
            return nil
        }
        let halt = StopRequest()
        let log = DaemonLog(logger: logger, notifier: notifier)
        let daemon = Daemon(
            ManagedCluster(spec: spec, doors: doors, waits: false), journal: journal, watcher: log, stop: halt,
            turns: turns)
        let name = PassName.new(doors.clock)
        let next = await withTaskGroup(of: ClusterSpec?.self) { group in
            group.addTask {
                await daemon.run { "\(name).\($0)" }
                return nil
            }
            group.addTask {
                let next = await reloaded(spec, stop)
                halt.request()
                return next
            }
            // Whichever ends first, the daemon's own round is finished before anything else begins.
            var next: ClusterSpec?
            for await result in group {
                if let result { next = result }
                if halt.isRequested == false { group.cancelAll() }
            }
            return next
        }
        await doors.close()
        return next
    }

    /// The file as it is now; nil, and said why, where it is no good.
    private func changed(_ current: ClusterSpec) -> ClusterSpec? {
        do {
            let next = try file.spec()
            if next.cluster == current.cluster { return next }
            logger.error("the file now names another cluster: the old one stays")
        } catch {
            logger.error("the file has problems, the old one stays", metadata: ["error": "\(error)"])
        }
        return nil
    }

    /// Returns with a new declaration after SIGHUP, or nil when it is time to stop. A bad file keeps the old one.
    private func reloaded(_ current: ClusterSpec, _ stop: StopRequest) async -> ClusterSpec? {
        await withTaskGroup(of: ClusterSpec?.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) {
                    guard let next = changed(current) else { continue }
                    logger.info("the file was read again")
                    return next
                }
                return nil
            }
            group.addTask {
                while !stop.isRequested, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(100)) }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }
}
