import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems
import TestKit

/// What happens to hosts without being asked for.
enum Fault: CaseIterable {
    case kill, stop, start, cut, freeze, hide, slow, sever, clock, heal, healAll

    static func strike(_ world: World, _ random: inout SplitMix64) throws {
        guard let fault = allCases.randomElement(using: &random),
            let node = world.nodes.randomElement(using: &random)
        else { return }
        try fault.strike(node.name, world, &random)
        world.settleStreams()
    }

    private func strike(_ name: NodeName, _ world: World, _ random: inout SplitMix64) throws {
        // With all hosts in trouble there is nothing to be decided.
        let troubled =
            world.cut.count + world.frozen.count + world.slow.count + world.hidden[0].union(world.hidden[1]).count
        let mayTrouble = troubled < 2 && !world.cut.contains(name) && !world.frozen.contains(name)
        switch self {
        case .kill where world.server(name) != nil:
            try world.truth.kill(name)
            world.tell("\(name): the postmaster is killed")
        case .stop where world.server(name) != nil:
            try world.truth.stop(name)
            world.tell("\(name): somebody stops the server")
        case .start where world.server(name) == nil: World.start(name, world)
        case .cut where mayTrouble:
            world.cut.insert(name)
            world.tell("\(name) is cut off")
        case .freeze where mayTrouble:
            world.frozen.insert(name)
            world.tell("\(name) freezes")
        case .hide where mayTrouble:
            let actor = Int.random(in: 0..<2, using: &random)
            world.hidden[actor].insert(name)
            world.tell("\(name) is not reached by pgregent \(actor + 1)")
        case .slow where mayTrouble:
            world.slow.insert(name)
            world.tell("\(name) is slow")
        case .sever:
            guard let other = world.nodes.randomElement(using: &random)?.name, other != name else { return }
            world.severed.insert([name, other])
            world.tell("\(name) and \(other) do not reach each other")
        case .clock:
            let jump = Duration.seconds(Int64.random(in: -4000...4000, using: &random))
            world.clocks[name, default: .zero] += jump
            world.tell("\(name): the clock jumps by \(jump)")
        case .heal:
            let isHidden = world.hidden.contains { $0.contains(name) }
            let isLost = world.cut.contains(name) || world.frozen.contains(name) || world.slow.contains(name)
            guard isHidden || isLost || world.severed.contains(where: { $0.contains(name) }) else {
                return
            }
            world.cut.remove(name)
            world.frozen.remove(name)
            world.slow.remove(name)
            for actor in world.hidden.indices { world.hidden[actor].remove(name) }
            world.severed = world.severed.filter { !$0.contains(name) }
            world.tell("\(name) is reached again")
        case .healAll: world.heal()
        default: break
        }
    }
}

extension World {
    func heal() {
        guard !(cut.isEmpty && frozen.isEmpty && slow.isEmpty && hidden.allSatisfy(\.isEmpty) && severed.isEmpty) else {
            return
        }
        cut = []
        frozen = []
        slow = []
        hidden = [[], []]
        severed = []
        settleStreams()
        tell("everything is reached again")
    }

    /// A server that starts again points where it pointed, or nowhere.
    func restorePointer(of name: NodeName) {
        if let upstream = pointers[name].flatMap({ spec.node($0) }), let node = spec.node(name) {
            truth.point(node, at: upstream)
            // Whatever it is taken to stream from: it looks where it pointed.
            truth.disconnect(name)
        } else {
            truth.disconnect(name)
            truth.editServer(name) { $0.parameters["primary_conninfo"] = Parameter(value: "") }
        }
    }

    /// By hand, or with the machine: as the primary that it was, or as a standby. What is fenced does not start with its
    /// machine.
    static func start(_ name: NodeName, _ world: World) {
        guard let host = world.truth.snapshot.host(name), !host.isFenced, host.unfinishedWork == nil else { return }
        var server = Facts.primary()
        server.inRecovery = host.hasStandbySignal
        server.timeline = host.controlData?.timeline ?? 1
        server.senders = []
        server.parameters["primary_conninfo"] = Parameter(value: "")
        server.slots = (world.nodes.filter { $0.name != name }.map { "repmgr_slot_\($0.id)" } + ["barman"])
            .map { ServerFacts.Slot(name: $0, isPhysical: true, active: false, walStatus: "reserved") }
        let healthy = Scenario.healthy(nodes: world.spec.nodes.count)
        world.truth.edit(name) { $0.postmasterRuns = true }
        world.truth.snapshot.postgresql[name]?.server = .known(server)
        world.truth.snapshot.postgresql[name]?.login = .accepted
        world.truth.snapshot.repmgr[name]?.registry = healthy.snapshot.repmgr["vm1"]?.registry ?? .known([])
        if host.hasStandbySignal { world.restorePointer(of: name) }
        // Beside another primary, or after its machine was turned off so that there could be one.
        let isFencedByCommand = world.turnedOff.remove(name) != nil
        // A person who starts the old primary of a switchover answers for it.
        let isSwitchedAway = host.recordedStop?.phase == .promoting
        if !host.hasStandbySignal,
            isFencedByCommand || isSwitchedAway
                || world.nodes.contains(where: { world.takesWrites($0.name) && $0.name != name })
        {
            world.handMade.insert(name)
        }
        world.tell("\(name): the server is started again, \(host.hasStandbySignal ? "as a standby" : "taking writes")")
    }
}
