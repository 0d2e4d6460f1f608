package import ClusterModel
import HostAccess

/// What an observation would show of PostgreSQL after each of its actions has succeeded: of all nodes, since a server that
/// stops ends the streams of others.
///
/// It holds what the action itself brings about. What PostgreSQL does by itself later (a receiver that connects, say) is said by
/// `connect`, which whoever predicts calls or not.
package struct Effect {
    let spec: ClusterSpec
    /// What a server shows that is seen for the first time; nil: what another server of the cluster shows.
    let template: ServerFacts?
    package typealias Nodes = [NodeName: Observed]

    package init(_ spec: ClusterSpec, template: ServerFacts?) {
        self.spec = spec
        self.template = template
    }

    package func apply(_ action: PostgreSQLAction, on name: HostName, to nodes: inout Nodes) {
        switch action {
        case .setPassfile:
            nodes.editHost(name) { host in
                host.passfileFits = true
                host.hasPassfile = true
            }
        case .create(let blocks): create(name, blocks, &nodes)
        case .recover(_, let blocks, _): recover(name, blocks, &nodes)
        case .carryOverRecord: nodes.editHost(name) { $0.oldRecords = [] }
        case .removeCreationMark: nodes.editHost(name) { $0.unfinishedWork = nil }
        case .grantRoles(let needs, let database): grant(needs, database, name, &nodes)
        case .setParameters(let block): set(block, on: name, &nodes)
        case .raiseParameters(let block, _):
            set(block, on: name, &nodes)
            readConfiguration(of: name, restarted: true, &nodes)
        case .setHBA(let lines, _):
            nodes.editHost(name) { $0.hba = $0.hba.withBlock(lines, atTop: true) }
        case .reload: readConfiguration(of: name, restarted: false, &nodes)
        case .restart: readConfiguration(of: name, restarted: true, &nodes)
        case .startStandby, .startWitness: start(name, &nodes)
        case .stopStandby: stop(name, &nodes)
        case .createSlot(let slot, let keeper): addSlots([slot], on: keeper, &nodes)
        case .dropSlot(let slot, let keeper): dropSlots([slot], on: keeper, &nodes)
        case .dropStaleSlots(let slots): dropSlots(slots, on: name, &nodes)
        case .installWatchdog:
            let script = spec.node(name).flatMap { Watchdog(spec, $0)?.script }
            nodes.editHost(name) { host in
                if let script { host.watchdogScript = .content(script) }
                host.watchdogRuns = true
            }
        case .removeWatchdog:
            nodes.editHost(name) { host in
                host.watchdogScript = .missing
                host.watchdogRuns = false
            }
        case .checkpoint: break
        case .reserveSlots(let slots): addSlots(slots, on: name, &nodes)
        case .noteSwitchover(let switchover): nodes.editHost(name) { $0.recordedSwitchover = switchover }
        case .stopReceiverForSwitchover: stopReceiver(of: name, &nodes)
        case .demote(let switchover): demote(switchover, &nodes)
        case .promoteForSwitchover: promote(name, &nodes)
        case .startAgain: startAgain(name, &nodes)
        case .endSwitchover(let mark, let note, _):
            nodes.editHost(name) { host in
                if mark != nil { host.recordedStop = nil }
                if note != nil { host.recordedSwitchover = nil }
            }
        case .startCrashed:
            startAgain(name, &nodes)
            nodes.editHost(name) { host in
                host.isFenced = false
                host.startedAgain = .zero
                host.recordedFailover =
                    host.recordedFailover ?? RecordedFailover(phase: .done, replaces: name, fence: .nothing)
            }
        case .fence: fence(name, &nodes)
        case .fenceByCommand: loseServer(name, &nodes)
        case .unfence: nodes.editHost(name) { $0.isFenced = false }
        case .stopReceiverForFailover(let lost, let fence, let replacement):
            stopReceiver(of: name, &nodes)
            guard replacement != nil else { return }
            nodes.editHost(name) {
                $0.recordedFailover = RecordedFailover(phase: .frozen, replaces: lost, fence: fence)
            }
        case .catchUp(let source, let position): catchUp(name, from: source, upTo: position, &nodes)
        case .noteFailover(let note):
            let mark = RecordedFailover(
                phase: .frozen, replaces: note.failover.from, fence: note.failover.fence, chosen: note.failover.to)
            nodes.editHost(name) { $0.recordedFailover = mark }
        case .promoteForFailover(let promotion):
            promote(name, &nodes)
            let mark = RecordedFailover(
                phase: .promoting, replaces: promotion.failover.from, fence: promotion.failover.fence)
            nodes.editHost(name) { host in
                host.recordedFailover = mark
                if promotion.isFenced { host.isFenced = false }
            }
        case .follow(let upstream, _): point(name, at: upstream, &nodes)
        case .endFailover(let mark):
            nodes.editHost(name) { host in
                let age = host.recordedFailover?.age ?? .zero
                host.recordedFailover = RecordedFailover(
                    phase: .done, replaces: mark.replaces, fence: mark.fence, age: age)
            }
        }
    }

    /// A server that is seen for the first time.
    func firstSight(of nodes: Nodes) -> ServerFacts {
        if let template { return template }
        let seen = spec.dataNodes.lazy.compactMap { nodes[$0.name]?.server.value }.first
        return seen
            ?? ServerFacts(
                inRecovery: false, systemIdentifier: spec.systemIdentifier ?? "", versionNumber: 0, timeline: 1)
    }
}

extension Effect.Nodes {
    package mutating func editHost(_ name: NodeName, _ change: (inout HostFacts) -> Void) {
        guard case .known(var host)? = self[name]?.host else { return }
        change(&host)
        self[name]?.host = .known(host)
    }

    package mutating func editServer(_ name: NodeName, _ change: (inout ServerFacts) -> Void) {
        guard case .known(var server)? = self[name]?.server else { return }
        change(&server)
        self[name]?.server = .known(server)
    }

    func host(_ name: NodeName) -> HostFacts? { self[name]?.host.value }
    func server(_ name: NodeName) -> ServerFacts? { self[name]?.server.value }
}

extension FileContent {
    fileprivate func withBlock(_ lines: [String], atTop: Bool) -> FileContent {
        .content(ManagedBlock.replacing(in: text ?? "", with: lines, atTop: atTop))
    }
}

// MARK: configuration

extension Effect {
    private func set(_ block: ParameterBlock, on name: NodeName, _ nodes: inout Nodes) {
        nodes.editHost(name) {
            $0.configuration = $0.configuration.withBlock(NodeCommands.lines(block.settings), atTop: false)
        }
        readConfiguration(of: name, restarted: false, &nodes)
    }

    func place(_ blocks: ConfigurationBlocks, on name: NodeName, _ nodes: inout Nodes) {
        nodes.editHost(name) { host in
            host.configuration = FileContent.content("").withBlock(
                NodeCommands.lines(blocks.parameters), atTop: false)
            host.hba = .content("")
            if !blocks.hba.isEmpty { host.hba = host.hba.withBlock(blocks.hba, atTop: true) }
            host.hasConfiguration = true
        }
    }

    /// What the managed block says becomes what the server uses, at once or at a restart.
    package func readConfiguration(of name: NodeName, restarted: Bool, _ nodes: inout Nodes) {
        guard let lines = nodes.host(name)?.configuration.managedBlock else { return }
        let written = INIText(lines.joined(separator: "\n")).settings(in: "")
        nodes.editServer(name) { server in
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
    package static func stored(_ text: String, unit: String?) -> String {
        if let unit, let size = ByteSize(text), let scale = ByteSize("1\(unit)") {
            return String(size.bytes / scale.bytes)
        }
        if unit == "ms", text.hasSuffix("ms") { return String(text.dropLast(2)) }
        return text
    }

    private func grant(_ needs: [RoleNeed], _ database: DatabaseNeed?, _ name: NodeName, _ nodes: inout Nodes) {
        let functions = Set(BackupGrants.functions(version: spec.node(name)?.postgresql.version ?? 0))
        nodes.editServer(name) { server in
            for need in needs {
                let role = need.role
                var has = server.roles[role.name] ?? ServerFacts.Role(mayLogIn: false)
                if need.attributes {
                    has.mayLogIn = true
                    has.isSuperuser = has.isSuperuser || role.superuser
                    has.mayReplicate = has.mayReplicate || role.replication
                }
                if need.password { has.passwordFits = true }
                has.memberOf.formUnion(need.memberships)
                server.roles[role.name] = has
                if !need.grants.isEmpty { server.backupGrants = functions }
            }
            if let database { server.databases.append(database.name) }
        }
        nodes[name]?.login = .accepted
    }
}
