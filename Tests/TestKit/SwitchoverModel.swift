import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr

/// The steps of a change of primary, and of what comes after one.
struct SwitchoverModel {
    private let step: Step
    private var name: NodeName { step.target }

    init(_ step: Step) {
        self.step = step
    }

    /// - Returns: false when the step is none of these.
    func apply(to scenario: inout Scenario) throws -> Bool {
        switch step.id {
        case "postgresql.checkpoint.\(name)": break
        case "postgresql.reserve.\(name)": addSlots(&scenario)
        case "postgresql.demote.\(name)": try demote(&scenario)
        case "postgresql.promote.\(name)":
            try scenario.promote(name)
            if step.cause == .failover { markFailover(.promoting, &scenario) }
            if step.operations.contains(where: { $0.title.contains("fence") }) {
                scenario.edit(name) { $0.isFenced = false }
            }
        case "postgresql.fence.\(name)": fence(&scenario)
        case "postgresql.note.\(name)" where step.cause == .switchover:
            let words = step.summary.split(separator: " ").map(String.init)
            let names = [words.last, words.first].compactMap { $0 }
            scenario.edit(name) { $0.switchoverNote = Switchover(from: names[0], to: names[1]) }
        case "postgresql.note.\(name)":
            let chosen = scenario.spec.dataNodes.first { step.summary.hasPrefix("\($0.name) is about") }
            markFailover(.frozen, &scenario)
            scenario.edit(name) { $0.failoverMark?.chosen = chosen?.name }
        case "postgresql.unfence.\(name)": scenario.edit(name) { $0.isFenced = false }
        case "postgresql.detach.\(name)": stopReceiver(&scenario)
        case "postgresql.freeze.\(name)":
            stopReceiver(&scenario)
            markFailover(.frozen, &scenario)
        case "postgresql.catch-up.\(name)":
            guard let source = scenario.spec.dataNodes.first(where: { step.summary == "from \($0.name)" }),
                let node = scenario.spec.node(name), let has = scenario.snapshot.server(source.name)?.lsn
            else { throw Scenario.Mistake(description: "no source in \(step.summary)") }
            scenario.point(node, at: source)
            scenario.editServer(name) { $0.parameters["primary_slot_name"] = Parameter(value: "") }
            scenario.connect(name)
            scenario.editServer(name) { ($0.lsn, $0.replayLSN) = (has, has) }
        case "postgresql.attach.\(name)":
            guard let upstream = scenario.spec.dataNodes.first(where: { step.summary == "to \($0.name)" }) else {
                throw Scenario.Mistake(description: "no upstream in \(step.summary)")
            }
            try scenario.repoint(name, to: upstream.name)
        case "postgresql.end-failover.\(name)": scenario.edit(name) { $0.failoverMark?.phase = .done }
        case "postgresql.start-again.\(name)": scenario.startAgain(name)
        case "postgresql.end-switchover.\(name)":
            scenario.edit(name) { ($0.switchoverMark, $0.switchoverNote) = (nil, nil) }
        case "postgresql.drop-stale-slots.\(name)", "barman.drop-slot.\(name)": dropSlots(&scenario)
        case "repmgr.rejoin.\(name)": rejoin(&scenario)
        case "repmgr.reconnect.\(name)": scenario.connect(name)
        case "repmgr.pause.\(name)", "repmgr.unpause.\(name)":
            guard case .known(var host)? = scenario.snapshot.repmgr[name]?.host else { break }
            host.daemonPausedByUs = step.action == "pause"
            scenario.snapshot.repmgr[name]?.host = .known(host)
        case "pgbouncer.stage.\(name)":
            let file = (scenario.spec.pgbouncer?.configFile ?? "") + ".pgregent-next"
            scenario.staged[name] = step.content(of: file)
        case "pgbouncer.pause.\(name)": setPaused(true, &scenario)
        case "pgbouncer.release.\(name)": setPaused(false, &scenario)
        case "pgbouncer.place.\(name)":
            guard let content = scenario.staged[name] else {
                throw Scenario.Mistake(description: "nothing is staged on \(name)")
            }
            scenario.editPooler(name) { $0.configuration = .content(content) }
        case "pgbouncer.route.\(name)":
            scenario.editPooler(name) { PoolerModel.read(&$0) }
            setPaused(false, &scenario)
        default: return false
        }
        return true
    }

    private func stopReceiver(_ scenario: inout Scenario) {
        scenario.disconnect(name)
        scenario.editServer(name) { $0.parameters["primary_conninfo"] = Parameter(value: "") }
    }

    /// `failover.fence_command` fences a host that nobody looks at.
    private func fence(_ scenario: inout Scenario) {
        scenario.edit(name) { host in
            host.isFenced = true
            host.postmasterRuns = false
        }
        let message = "\(name):5432 refused the connection"
        scenario.loseServer(name, reason: message, login: .failed(.refused, message: message))
    }

    private func markFailover(_ phase: FailoverMark.Phase, _ scenario: inout Scenario) {
        let lost = scenario.spec.dataNodes.first { node in
            step.reason.hasPrefix("\(node.name) is lost") || step.summary.hasSuffix("in place of \(node.name)")
        }
        guard let lost, scenario.snapshot.host(name) != nil else { return }
        let fence: Failover.Fence = scenario.spec.failover.fenceCommand == nil ? .stopped : .command
        scenario.edit(name) { $0.failoverMark = FailoverMark(phase: phase, replaces: lost.name, fence: fence) }
    }

    private func addSlots(_ scenario: inout Scenario) {
        scenario.editServer(name) { server in
            for slot in step.summary.split(separator: ", ") {
                server.slots.append(
                    ServerFacts.Slot(name: String(slot), isPhysical: true, active: false, walStatus: "reserved"))
            }
        }
    }

    private func dropSlots(_ scenario: inout Scenario) {
        let names = step.summary.split(separator: ", ").map(String.init)
        scenario.editServer(name) { server in server.slots.removeAll { names.contains($0.name) && !$0.active } }
    }

    private func setPaused(_ paused: Bool, _ scenario: inout Scenario) {
        scenario.editPooler(name) { pooler in
            guard case .known(var console) = pooler.console else { return }
            for index in console.databases.indices where step.summary.contains(console.databases[index].name) {
                console.databases[index].paused = paused
            }
            pooler.console = .known(console)
        }
    }

    private func demote(_ scenario: inout Scenario) throws {
        let target = scenario.spec.dataNodes.first { step.summary.contains(" \($0.name) ") }
        guard let target else { throw Scenario.Mistake(description: "no target in \(step.summary)") }
        try scenario.stop(name)
        scenario.edit(name) { $0.switchoverMark = SwitchoverMark(to: target.name, phase: .promoting) }
    }

    private func rejoin(_ scenario: inout Scenario) {
        guard let node = scenario.spec.node(name),
            let primary = scenario.spec.dataNodes.first(where: {
                scenario.snapshot.server($0.name)?.inRecovery == false
            })
        else { return }
        var server = Facts.primary(identifier: Scenario.identifier)
        server.inRecovery = true
        server.timeline = scenario.snapshot.server(primary.name)?.timeline ?? 1
        server.backupGrants = nil
        server.slots = (scenario.spec.dataNodes.filter { $0.name != name }.map { "repmgr_slot_\($0.id)" } + ["barman"])
            .map { ServerFacts.Slot(name: $0, isPhysical: true, active: false, walStatus: "reserved") }
        let timeline = server.timeline
        scenario.edit(name) { host in
            host.postmasterRuns = true
            host.hasStandbySignal = true
            host.dataDirectory = .cluster(Facts.controlData(state: "in archive recovery", timeline: timeline))
        }
        scenario.snapshot.postgresql[name]?.server = .known(server)
        scenario.snapshot.postgresql[name]?.login = .accepted
        PostgreSQLModel(step).readConfiguration(&scenario, restarted: true)
        scenario.copyRegistry(to: name)
        scenario.point(node, at: primary)
        scenario.addSlot(of: name, on: primary.name)
        scenario.connect(name)
        scenario.register(node, as: primary.name)
    }
}

extension Scenario {
    /// The server of a primary that was stopped runs as it was; whoever streamed from it has not come back yet.
    mutating func startAgain(_ name: NodeName) {
        edit(name) { $0.postmasterRuns = true }
        guard var server = Scenario.healthy(nodes: spec.nodes.count).snapshot.server("vm1") else { return }
        server.timeline = snapshot.host(name)?.controlData?.timeline ?? 1
        server.senders = []
        server.slots = (spec.dataNodes.filter { $0.name != name }.map { "repmgr_slot_\($0.id)" } + ["barman"])
            .map { ServerFacts.Slot(name: $0, isPhysical: true, active: false, walStatus: "reserved") }
        snapshot.postgresql[name]?.server = .known(server)
        snapshot.postgresql[name]?.login = .accepted
        copyRegistry(to: name)
    }
}
