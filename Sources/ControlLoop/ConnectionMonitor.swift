import ClusterModel
import HostAccess

/// Keeps a connection of its own open to every node: a heartbeat at the primary, an idle one at each of the others. The end
/// of any of them rings at once. repmgr's event notification ends them on purpose (`Repmgr`'s `EventNotification`), so that
/// what repmgrd did is seen at once too.
struct ConnectionMonitor {
    private let spec: ClusterSpec
    private let doors: any Doors
    private let events: ConnectionEvents
    private var tasks: [NodeName: Task<Void, Never>] = [:]
    /// At whom the heartbeat is.
    private(set) var primary: NodeName?

    init(spec: ClusterSpec, doors: any Doors, events: ConnectionEvents) {
        self.spec = spec
        self.doors = doors
        self.events = events
    }

    /// - Parameter name: who is primary now; nil: nobody that is known, and everything stays as it is.
    mutating func keep(primary name: NodeName?) {
        if let name, name != primary, let node = spec.node(name) {
            for former in [name, primary].compactMap({ $0 }) { tasks.removeValue(forKey: former)?.cancel() }
            events.silence()
            primary = name
            let heartbeat = Heartbeat(spec: spec, doors: doors, node: node, events: events)
            tasks[name] = Task { await heartbeat.run() }
        }
        for node in spec.nodes where node.ensure == .present && tasks[node.name] == nil {
            let (spec, doors, events) = (spec, doors, events)
            tasks[node.name] = Task { await Self.watch(node, spec, doors, events) }
        }
    }

    func end() async {
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }

    /// How long to wait on one idle connection before it is tried: one that a broken network has swallowed is silent.
    private static let patience = Duration.seconds(600)

    private static func watch(_ node: NodeSpec, _ spec: ClusterSpec, _ doors: any Doors, _ events: ConnectionEvents)
        async
    {
        let session = doors.newSession(node, database: spec.repmgr.database)
        while !Task.isCancelled {
            if (try? await session.query("SELECT 1", deadline: spec.failover.responseTimeout)) != nil,
                await session.waitForEnd(deadline: patience)
            {
                events.ring(.broken)
            }
            // Whatever ends connections again and again does not keep the daemon going round without a pause.
            try? await doors.clock.sleep(for: spec.failover.reconnectInterval)
        }
        await session.close()
    }
}
