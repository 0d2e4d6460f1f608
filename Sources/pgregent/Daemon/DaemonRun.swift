import ClusterModel
import ControlLoop
import Execution
import HostAccess
import Logging
import ServiceLifecycle
import UnixSignals

/// `pgregent reconcile`: runs until SIGTERM or SIGINT; SIGHUP reads the file again.
struct DaemonRun {
    let file: FileOption
    let spec: ClusterSpec
    let logger: Logger

    func run() async throws -> ExitStatus {
        let state = try StateDirectory(cluster: spec.cluster)
        let lease: any Lease
        switch try await LockFile(state).acquire(cluster: spec.cluster) {
        case .acquired(let ours): lease = ours
        case .heldBy(let holder):
            Terminal.error("pgregent: another pgregent holds cluster \(spec.cluster): \(holder)")
            throw ExitStatus.clusterTaken
        }
        let service = ReconcileService(
            file: file, spec: spec, journal: try KillPoint.wrap(JournalFile(state)), logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        await lease.release()
        return .done
    }
}

/// The daemon as a service: a graceful shutdown lets the steps in hand be finished.
struct ReconcileService: Service {
    let file: FileOption
    let spec: ClusterSpec
    let journal: any JournalSink
    let logger: Logger

    func run() async throws {
        let stop = StopRequest()
        let notifier = ServiceNotifier()
        await withGracefulShutdownHandler {
            var spec = spec
            notifier.tell("READY=1")
            logger.info("started", metadata: ["cluster": "\(spec.cluster)", "interval": "\(spec.reconcile.interval)"])
            while !stop.isRequested {
                guard let next = await round(spec, stop, notifier) else { break }
                spec = next
            }
            notifier.tell("STOPPING=1")
            logger.info("stopped", metadata: ["cluster": "\(spec.cluster)"])
        } onGracefulShutdown: {
            stop.request()
        }
    }

    /// Goes round with one version of the file; gives the next one when SIGHUP brought a good one.
    private func round(_ spec: ClusterSpec, _ stop: StopRequest, _ notifier: ServiceNotifier) async -> ClusterSpec? {
        let doors: RealDoors
        do {
            doors = try RealDoors(spec)
        } catch {
            logger.critical("cannot begin", metadata: ["error": "\(error)"])
            return nil
        }
        let halt = StopRequest()
        let log = DaemonLog(logger: logger, notifier: notifier)
        let daemon = Daemon(spec: spec, doors: doors, journal: journal, watcher: log, stop: halt)
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

    /// Returns with a new declaration after SIGHUP, or nil when it is time to stop. A bad file keeps the old one.
    private func reloaded(_ current: ClusterSpec, _ stop: StopRequest) async -> ClusterSpec? {
        await withTaskGroup(of: ClusterSpec?.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup) {
                    do {
                        let next = try file.spec()
                        guard next.cluster == current.cluster else {
                            logger.error("the file now names another cluster: the old one stays")
                            continue
                        }
                        logger.info("the file was read again")
                        return next
                    } catch {
                        logger.error("the file has problems, the old one stays", metadata: ["error": "\(error)"])
                    }
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
