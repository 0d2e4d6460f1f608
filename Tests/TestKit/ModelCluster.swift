package import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr

/// What the next look would show after a step has succeeded.
///
/// The model knows the systems, not the planner: it reads a step's operations where these are data, and otherwise does
/// what the program that they call does.
package enum ModelCluster {
    package static func apply(_ step: Step, to scenario: inout Scenario) {
        if let done = try? SwitchoverModel(step).apply(to: &scenario), done { return }
        switch step.reconciler {
        case "postgresql": PostgreSQLModel(step).apply(to: &scenario)
        case "repmgr": RepmgrModel(step).apply(to: &scenario)
        case "pgbouncer": PoolerModel(step).apply(to: &scenario)
        case "barman": BackupModel(step).apply(to: &scenario)
        default: break
        }
    }
}

extension Step {
    /// The file that the step writes as a whole.
    func content(of path: String) -> String? {
        for case .write(let write) in operations.map(\.work) where write.path == path { return write.content }
        return nil
    }

    /// A file after the step's change of its managed block.
    func edited(_ content: FileContent, at path: String) -> FileContent {
        for case .edit(let edit) in operations.map(\.work) where edit.path == path {
            guard case .block(let lines, let atTop) = edit.change else { continue }
            return .content(ManagedBlock.replacing(in: content.text ?? "", with: lines, atTop: atTop))
        }
        return content
    }
}

/// PostgreSQL's steps.
struct PostgreSQLModel {
    private let step: Step
    private var name: NodeName { step.target }

    init(_ step: Step) {
        self.step = step
    }

    func apply(to scenario: inout Scenario) {
        switch step.action {
        case "passfile":
            scenario.edit(name) { host in
                host.passfileFits = true
                host.hasPassfile = true
            }
        case "create": create(&scenario)
        case "recover": recover(&scenario)
        case "unmark": scenario.edit(name) { $0.cloneMark = nil }
        case "roles": addRoles(&scenario)
        case "parameters", "hba", "reload":
            editFiles(&scenario)
            readConfiguration(&scenario, restarted: false)
        case "restart": readConfiguration(&scenario, restarted: true)
        case "raise":
            editFiles(&scenario)
            readConfiguration(&scenario, restarted: true)
        case "start": start(&scenario)
        case "stop":
            scenario.loseServer(name, reason: "no server runs", login: .failed(.refused, message: "refused"))
            scenario.edit(name) { $0.postmasterRuns = false }
        case "slot": addSlot(&scenario)
        case "guard":
            let written = scenario.spec.node(name).flatMap { step.content(of: NodeLayout($0).guardScript) }
            scenario.edit(name) { host in
                if let written { host.guardScript = .content(written) }
                host.guardRuns = true
            }
        case "unguard":
            scenario.edit(name) { host in
                host.guardScript = .missing
                host.guardRuns = false
            }
        case "drop-slot": dropSlot(&scenario)
        case "drop-stale-slots":
            let names = step.summary.split(separator: ", ").map(String.init)
            scenario.editServer(name) { $0.slots.removeAll { names.contains($0.name) } }
        default: break
        }
    }

    private func create(_ scenario: inout Scenario) {
        let isWitness = scenario.spec.node(name)?.kind == .witness
        let identifier = isWitness ? "7268616322800000099" : Scenario.identifier
        scenario.edit(name) { host in
            host.dataDirectory = .cluster(Facts.controlData(identifier: identifier, state: "in production"))
            host.configuration = .content("# PostgreSQL's own\n")
            host.hba = .content("local all all peer\n")
            host.hasConfiguration = true
            host.postmasterRuns = true
            host.cloneMark = nil
        }
        editFiles(&scenario)
        var server = Facts.primary(identifier: identifier)
        server.roles = [:]
        server.databases = ["postgres"]
        server.backupGrants = []
        scenario.snapshot.postgresql[name]?.server = .known(server)
        readConfiguration(&scenario, restarted: true)
        scenario.snapshot.repmgr[name]?.registry = .known([])
    }

    /// Another timeline, and everything that was in the lost cluster; its registry too.
    private func recover(_ scenario: inout Scenario) {
        let before = Scenario.healthy(nodes: scenario.spec.nodes.count).snapshot
        create(&scenario)
        scenario.edit(name) { $0.dataDirectory = .cluster(Facts.controlData(state: "in production", timeline: 2)) }
        var server = Facts.primary()
        server.timeline = 2
        scenario.snapshot.postgresql[name]?.server = .known(server)
        scenario.snapshot.postgresql[name]?.login = .accepted
        readConfiguration(&scenario, restarted: true)
        if let registry = before.repmgr["vm1"]?.registry { scenario.snapshot.repmgr[name]?.registry = registry }
    }

    private func addRoles(_ scenario: inout Scenario) {
        let database = scenario.spec.repmgr.database
        scenario.editServer(name) { server in
            for role in ["repmgr", "barman", "streaming_barman"]
            where step.summary.split(separator: ", ").contains(Substring(role)) {
                server.roles[role] = Facts.roles[role]
                if role == "barman" { server.backupGrants = Facts.grants }
            }
            if step.summary.contains("database \(database)") { server.databases.append(database) }
        }
        scenario.snapshot.postgresql[name]?.login = .accepted
    }

    private func editFiles(_ scenario: inout Scenario) {
        guard let layout = scenario.spec.node(name).map({ NodeLayout($0) }) else { return }
        scenario.edit(name) { host in
            host.configuration = step.edited(host.configuration, at: layout.configurationFile)
            host.hba = step.edited(host.hba, at: layout.hbaFile)
        }
    }

    /// What the managed block says becomes what the server uses, at once or at a restart.
    func readConfiguration(_ scenario: inout Scenario, restarted: Bool) {
        guard let text = scenario.snapshot.host(name)?.configuration.text, let lines = ManagedBlock.lines(in: text)
        else { return }
        let written = INIText(lines.joined(separator: "\n")).settings(in: "")
        scenario.editServer(name) { server in
            for setting in written {
                guard var parameter = server.parameters[setting.name] else { continue }
                guard !(parameter.sourceFile ?? "").hasSuffix("auto.conf"), !parameter.means(unquoted(setting.value))
                else { continue }
                if parameter.context == "postmaster", !restarted {
                    parameter.pendingRestart = true
                } else {
                    parameter.value = Self.stored(unquoted(setting.value), unit: parameter.unit)
                    parameter.pendingRestart = false
                    parameter.source = "configuration file"
                    parameter.sourceFile = server.parameters["config_file"]?.value
                }
                server.parameters[setting.name] = parameter
            }
        }
    }

    /// As pg_settings tells it: in the parameter's own unit.
    static func stored(_ text: String, unit: String?) -> String {
        if let unit, let size = ByteSize(text), let scale = ByteSize("1\(unit)") {
            return String(size.bytes / scale.bytes)
        }
        if unit == "ms", text.hasSuffix("ms") { return String(text.dropLast(2)) }
        return text
    }

    private func start(_ scenario: inout Scenario) {
        guard let node = scenario.spec.node(name), let host = scenario.snapshot.host(name) else { return }
        scenario.edit(name) { $0.postmasterRuns = true }
        var server = Facts.primary(identifier: host.controlData?.systemIdentifier ?? Scenario.identifier)
        server.inRecovery = node.kind == .data
        server.timeline = host.controlData?.timeline ?? 1
        server.backupGrants = nil
        scenario.snapshot.postgresql[name]?.server = .known(server)
        scenario.snapshot.postgresql[name]?.login = .accepted
        scenario.copyRegistry(to: name)
        readConfiguration(&scenario, restarted: true)
        if let upstream = scenario.upstream(of: node) { scenario.point(node, at: upstream) }
        scenario.connect(name)
    }

    private func addSlot(_ scenario: inout Scenario) {
        guard let keeper = step.operations.first?.host else { return }
        scenario.addSlot(of: name, on: keeper)
        scenario.connect(name)
    }

    private func dropSlot(_ scenario: inout Scenario) {
        guard let keeper = step.operations.first?.host, let id = scenario.spec.node(name)?.id else { return }
        scenario.editServer(keeper) { $0.slots.removeAll { $0.name == "repmgr_slot_\(id)" } }
    }
}
