/// What can be asked about repmgr, and about what it has brought about.
package enum RepmgrCondition: Sendable, Hashable {
    /// - Parameter primary: the upstream must take writes where it is the primary, and answer elsewhere, or nobody waits.
    case streams(NodeName, from: NodeName, primary: NodeName, within: Duration)
    /// Asked on the primary: repmgr's own output is not to be believed, since it reports errors about other nodes.
    case isRecorded(NodeName, as: RecordType, upstream: NodeName?, primary: NodeName)
    case hasNoRecord(NodeName, primary: NodeName)
    case daemonRuns(NodeName)
    case daemonIsPaused(NodeName)

    var sentence: String {
        switch self {
        case .streams(let node, let upstream, _, _): "\(node) streams from \(upstream)"
        case .isRecorded(let node, let type, _, _): "repmgr's registry has \(node) as \(type.rawValue)"
        case .hasNoRecord(let node, _): "\(node) has no record"
        case .daemonRuns(let node): "repmgrd runs on \(node)"
        case .daemonIsPaused(let node): "repmgrd on \(node) is paused"
        }
    }
}

extension RepmgrAction {
    func postconditions(on target: HostName) -> [RepmgrCondition] {
        switch self {
        case .clone(let clone):
            [
                .streams(target, from: clone.upstream, primary: clone.primary, within: .seconds(30)),
                .isRecorded(target, as: .standby, upstream: clone.upstream, primary: clone.primary),
            ]
        case .follow(let upstream, _, let primary):
            [.streams(target, from: upstream, primary: primary, within: .seconds(30))]
        // Not longer: should its upstream be lost meanwhile, what is to be done next here waits for this.
        case .rejoin(let upstream, let primary):
            [.streams(target, from: upstream, primary: primary, within: .seconds(10))]
        case .rewind(let rewind):
            [.streams(target, from: rewind.upstream, primary: rewind.primary, within: .seconds(10))]
        case .reconnect(let upstream, let primary):
            [.streams(target, from: upstream, primary: primary, within: .seconds(30))]
        case .register(let registration):
            [
                .isRecorded(
                    target, as: registration.type, upstream: registration.upstream, primary: registration.primary)
            ]
        case .unregister(_, let primary): [.hasNoRecord(target, primary: primary)]
        case .startDaemon: [.daemonRuns(target)]
        case .pauseDaemon: [.daemonIsPaused(target)]
        case .configure, .unpauseDaemon: []
        }
    }
}
