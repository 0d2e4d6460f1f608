import ClusterModel
import HostAccess
import Planning
import PostgreSQL
import Repmgr

/// repmgr's steps.
struct RepmgrModel {
    private let step: Step
    private var name: NodeName { step.target }

    init(_ step: Step) {
        self.step = step
    }

    func apply(to scenario: inout Scenario) {
        guard let node = scenario.spec.node(name) else { return }
        switch step.action {
        case "configure":
            guard let content = step.content(of: scenario.spec.repmgr.configFile),
                case .known(var host)? = scenario.snapshot.repmgr[name]?.host
            else { return }
            host.configuration = .content(content)
            scenario.snapshot.repmgr[name]?.host = .known(host)
        case "clone": clone(node, &scenario)
        case "follow":
            guard let upstream = scenario.spec.node(step.summary) else { return }
            scenario.point(node, at: upstream)
            scenario.addSlot(of: name, on: upstream.name)
            scenario.connect(name)
        case "register":
            scenario.register(node, as: scenario.upstream(of: node)?.name)
            if node.kind == .witness { scenario.copyRegistry(to: name) }
            scenario.edit(name) { $0.cloneMark = nil }
        case "start-daemon":
            guard case .known(var host)? = scenario.snapshot.repmgr[name]?.host else { return }
            host.daemonRuns = true
            scenario.snapshot.repmgr[name]?.host = .known(host)
        case "unregister": scenario.editRegistry { $0.removeAll { $0.id == node.id } }
        default: break
        }
    }

    private func clone(_ node: NodeSpec, _ scenario: inout Scenario) {
        let words = step.summary.split(whereSeparator: { $0 == " " || $0 == "," }).map(String.init)
        guard words.count > 1, let source = scenario.snapshot.server(words[1]),
            let from = scenario.snapshot.host(words[1])
        else { return }
        var server = source
        server.inRecovery = true
        server.sizeInBytes = nil
        server.senders = []
        server.slots = []
        server.receiver = nil
        scenario.edit(name) { host in
            host.dataDirectory = .cluster(from.controlData)
            host.postmasterRuns = true
            host.cloneMark = nil
            if !host.hasConfiguration {
                host.configuration = from.configuration
                host.hba = from.hba
                host.hasConfiguration = true
            }
        }
        scenario.snapshot.postgresql[name]?.server = .known(server)
        scenario.snapshot.postgresql[name]?.login = .accepted
        scenario.copyRegistry(to: name)
        scenario.makeStandby(name, of: words[1])
        scenario.register(node, as: words[1])
    }
}

extension Scenario {
    /// The registry of the node that takes writes.
    var registryOfPrimary: [Record] {
        let primary = spec.dataNodes.first { snapshot.server($0.name)?.inRecovery == false }
        return primary.flatMap { snapshot.repmgr[$0.name]?.registry.value } ?? []
    }

    mutating func copyRegistry(to name: NodeName) {
        let records = registryOfPrimary
        snapshot.repmgr[name]?.registry = .known(records)
    }

    /// The node that this one is to stream from; nil for the primary itself.
    func upstream(of node: NodeSpec) -> NodeSpec? {
        let writable = snapshot.writable(spec)
        if writable.contains(where: { $0.name == node.name }) { return nil }
        let declared = node.upstream.flatMap { spec.node($0) }.flatMap { $0.ensure == .present ? $0 : nil }
        return declared ?? writable.first
    }
}
