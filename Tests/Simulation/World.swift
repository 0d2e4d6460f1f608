import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems
import TestKit

/// Hosts that only this program knows: what is so (`truth`), who reaches whom, and what clients were told.
///
/// What looks, makes sure, decides and goes round is the product's own loop. Modelled are the hosts: what a step does to them
/// (`StepEffect`, and `TestKit.ModelCluster`), what PostgreSQL's log holds where, and who streams from whom.
final class World {
    let spec: ClusterSpec
    /// `spec.dataNodes`, worked out once: they are gone through all the time.
    let nodes: [NodeSpec]
    /// By address.
    private let names: [String: NodeName]
    /// Where a primary_conninfo leads, as read before.
    private var pointsTo: [String: NodeName] = [:]
    var truth: Scenario
    /// Cut off from every host and from pgregent.
    var cut: Set<NodeName> = []
    /// Cut off, and standing still.
    var frozen: Set<NodeName> = []
    /// They answer, and take their time.
    var slow: Set<NodeName> = []
    /// One pgregent alone does not reach them, by pgregent.
    var hidden: [Set<NodeName>] = [[], []]
    /// Two nodes that do not reach each other.
    var severed: Set<Set<NodeName>> = []
    var logs: [NodeName: Log] = [:]
    /// Where a standby looks for its sender, also while it is down.
    var pointers: [NodeName: NodeName] = [:]
    /// Somebody's hand made these take writes beside another node.
    var handMade: Set<NodeName> = []
    /// `failover.fence_command` turned these off.
    var turnedOff: Set<NodeName> = []
    /// Whose host the observation that is acted on has reached, and whose server answered it.
    var seen: Set<NodeName> = []
    var seenServers: Set<NodeName> = []
    var now = Duration.zero
    /// How far each host's clock is from the right time.
    var clocks: [NodeName: Duration] = [:]
    private var drawnMarks = 0
    /// When each mark of a failover was written, by the clock of its host.
    private var marks: [NodeName: (mark: RecordedFailover, since: Duration)] = [:]
    let promises: Variant.Promises
    var acknowledged: [Log.Place] = []
    /// Only who wants to read the story has it told: most end well.
    let isTold: Bool
    private(set) var story: [String] = []
    private var branches = 1

    init(_ variant: Variant, isTold: Bool = false) {
        self.isTold = isTold
        truth = variant.cluster()
        spec = truth.spec
        nodes = spec.dataNodes
        names = Dictionary(nodes.map { ($0.host, $0.name) }) { $1 }
        promises = variant.promises
        for node in nodes { logs[node.name] = Log() }
        settleStreams()
    }

    // MARK: who reaches whom

    func links(_ one: NodeName, _ other: NodeName) -> Bool {
        if frozen.contains(one) || frozen.contains(other) { return false }
        return one == other
            || !cut.contains(one) && !cut.contains(other) && !severed.contains([one, other])
    }

    /// - Parameter actor: which pgregent it is.
    func reaches(_ name: NodeName, _ actor: Int) -> Bool {
        !cut.contains(name) && !hidden[actor].contains(name) && !frozen.contains(name)
    }

    // MARK: servers

    func server(_ name: NodeName) -> ServerFacts? { truth.snapshot.server(name) }

    func takesWrites(_ name: NodeName) -> Bool { server(name).map { !$0.inRecovery } ?? false }

    func upstream(_ name: NodeName) -> NodeName? {
        server(name)?.receiver.flatMap { names[$0.host] }
    }

    /// Receivers whose sender is gone end, those that can connect do (PostgreSQL tries again by itself), and who streams has
    /// what its sender has.
    func settleStreams() {
        var upstreams: [NodeName: NodeName] = [:]
        var pointed: [NodeName: NodeName] = [:]
        for node in nodes {
            guard let server = server(node.name) else { continue }
            pointed[node.name] = pointedAt(server)
            guard let source = server.receiver.flatMap({ names[$0.host] }) else { continue }
            upstreams[node.name] = source
            if !mayStream(node.name, from: source) {
                truth.disconnect(node.name)
                upstreams[node.name] = nil
            }
        }
        for _ in nodes {
            for node in nodes {
                if upstreams[node.name] == nil, let source = pointed[node.name], mayStream(node.name, from: source) {
                    truth.connect(node.name)
                    upstreams[node.name] = upstream(node.name)
                }
                if let source = upstreams[node.name] { logs[node.name] = logs[source] }
            }
        }
        for node in nodes {
            guard let log = logs[node.name], let server = server(node.name) else { continue }
            // A receiver that was stopped for a failover stays so over a restart.
            if server.inRecovery { pointers[node.name] = pointed[node.name] }
            let place = log.place.position
            guard server.lsn != place || server.timeline != log.timeline || server.forks.count < log.timeline - 1
            else { continue }
            truth.editServer(node.name) { server in
                server.timeline = log.timeline
                server.forks = log.history
                server.lsn = place
                server.replayLSN = server.inRecovery ? place : nil
            }
        }
    }

    private func pointedAt(_ server: ServerFacts) -> NodeName? {
        guard server.inRecovery, let conninfo = server.parameters["primary_conninfo"]?.value, !conninfo.isEmpty else {
            return nil
        }
        if let known = pointsTo[conninfo] { return known }
        let name = Conninfo.parse(conninfo)?["host"].flatMap { names[$0] }
        pointsTo[conninfo] = name
        return name
    }

    private func mayStream(_ name: NodeName, from source: NodeName) -> Bool {
        guard links(name, source), server(source) != nil, let own = logs[name], let other = logs[source] else {
            return false
        }
        return other.holds(own.place)
    }

    func startsWriting(_ name: NodeName) {
        branches += 1
        logs[name]?.fork(branches)
    }

    // MARK: clients

    /// Nodes that take writes from clients: a PgBouncer that they reach leads there.
    var served: [NodeName] {
        nodes.map(\.name).filter { name in
            guard takesWrites(name), !frozen.contains(name), let host = spec.node(name)?.host else { return false }
            return truth.snapshot.pgbouncer.contains { pooler, seen in
                guard let console = seen.value?.console.value, links(pooler, name) else { return false }
                return console.databases.contains { $0.name == "postgres_rw" && $0.host == host && !$0.paused }
            }
        }
    }

    /// Whether a commit on it is answered: enough synchronous standbys stream from it.
    func acknowledges(_ name: NodeName) -> Bool {
        guard spec.durability.mode != .asynchronous else { return true }
        return nodes.count { $0.synchronous && upstream($0.name) == name } >= spec.durability.standbys
    }

    /// Everybody who can writes once.
    func write() {
        for name in served {
            logs[name]?.append()
            settleStreams()
            // Nobody promised anything of what a hand's second primary answers.
            if acknowledges(name), !handMade.contains(name), let place = logs[name]?.place {
                acknowledged.append(place)
            }
        }
    }

    // MARK: what is told, and when

    func tell(_ event: @autoclosure () -> String) {
        guard isTold else { return }
        story.append("\((now.seconds * 1000).rounded() / 1000) s: \(event())")
    }

    /// The id of a mark that is being written.
    func drawMark() -> String {
        drawnMarks += 1
        return "\(drawnMarks)"
    }

    /// In whole seconds, as a shell reckons.
    func markAge(_ name: NodeName, at time: Duration) -> Duration {
        guard let since = marks[name]?.since else { return .zero }
        return .seconds((time + clocks[name, default: .zero]).components.seconds - since.components.seconds)
    }

    func dateMarks() {
        for node in nodes {
            let mark = truth.snapshot.host(node.name)?.recordedFailover
            if mark != marks[node.name]?.mark {
                marks[node.name] = mark.map { ($0, now + clocks[node.name, default: .zero]) }
            }
        }
    }
}

/// A node's log: where it ends, and where it left the branches that it came from.
struct Log: Equatable {
    struct Place: Equatable {
        var branch = 1
        var position = Scenario.end
    }

    var place = Place()
    var timeline: Timeline { Timeline(forks.count + 1) }
    private var forks: [Place] = []
    /// As a history file tells it: where each timeline was left.
    var history: [Timeline: LSN] {
        Dictionary(uniqueKeysWithValues: forks.enumerated().map { (Timeline($0 + 1), $1.position) })
    }

    mutating func append() { place.position = LSN(rawValue: place.position.rawValue + 100) }

    mutating func fork(_ branch: Int) {
        forks.append(place)
        place.branch = branch
    }

    func holds(_ other: Place) -> Bool {
        (forks + [place]).contains { $0.branch == other.branch && other.position <= $0.position }
    }
}
