import ClusterModel
import HostAccess

/// Keeps a connection of its own open to every node: a heartbeat at the primary, an idle one at each of the others. The end
/// of any of them rings at once. repmgr's event notification ends them on purpose (`Repmgr`'s `EventNotification`), so that
/// what repmgrd did is seen at once too.
struct Vigil {
    private let spec: ClusterSpec
    private let doors: any Doors
    private let bell: AlarmBell
    private var tasks: [NodeName: Task<Void, Never>] = [:]
    /// At whom the heartbeat is.
    private(set) var primary: NodeName?

    init(spec: ClusterSpec, doors: any Doors, bell: AlarmBell) {
        self.spec = spec
        self.doors = doors
        self.bell = bell
    }

    /// - Parameter name: who is primary now; nil: nobody that is known, and everything stays as it is.
    mutating func keep(primary name: NodeName?) {
        if let name, name != primary, let node = spec.node(name) {
            for former in [name, primary].compactMap({ $0 }) { tasks.removeValue(forKey: former)?.cancel() }
            bell.silence()
            primary = name
            let heartbeat = Heartbeat(spec: spec, doors: doors, node: node, bell: bell)
            tasks[name] = Task { await heartbeat.run() }
        }
        for node in spec.nodes where node.ensure == .present && tasks[node.name] == nil {
            let (spec, doors, bell) = (spec, doors, bell)
            tasks[node.name] = Task { await Self.watch(node, spec, doors, bell) }
        }
    }

    func end() async {
        for task in tasks.values { task.cancel() }
        for task in tasks.values { await task.value }
    }

    /// How long to wait on one idle connection before it is tried: one that a broken network has swallowed is silent.
    private static let patience = Duration.seconds(600)

    private static func watch(_ node: NodeSpec, _ spec: ClusterSpec, _ doors: any Doors, _ bell: AlarmBell) async {
        let session = doors.newSession(node, database: spec.repmgr.database)
        while !Task.isCancelled {
            if (try? await session.query("SELECT 1", deadline: spec.failover.responseTimeout)) != nil,
                await session.waitForEnd(deadline: patience)
            {
                bell.ring(.broken)
            }
            // Whatever ends connections again and again does not keep the daemon going round without a pause.
            try? await doors.clock.sleep(for: spec.failover.reconnectInterval)
        }
        await session.close()
    }
}
