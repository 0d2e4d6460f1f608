package import ClusterModel
import HostAccess

/// (Desired, Observed) → steps for PostgreSQL itself. Pure.
package struct Planner {
    let desired: Desired
    let observed: [NodeName: Observed]

    package init(desired: Desired, observed: [NodeName: Observed]) {
        self.desired = desired
        self.observed = observed
    }

    package func steps() -> [Step] {
        var steps: [Step] = []
        for node in desired.nodes {
            guard let seen = observed[node.spec.name], let host = seen.host.value else { continue }
            steps += self.steps(for: node, host: host, server: seen.server.value)
        }
        steps += desired.leaving.flatMap(leave)
        return ParameterOrder(desired: desired, observed: observed).ordered(steps)
    }

    private func steps(for declared: Desired.Node, host: HostFacts, server: ServerFacts?) -> [Step] {
        let node = withDurability(declared, server)
        let name = node.spec.name
        if desired.fenced.contains(name) { return [step(.fence, on: name, cause: .failover)] }
        var steps: [Step] = []
        if let step = passfile(node, host) { steps.append(step) }
        if isToBeCreated(node, host) { return steps + creation(of: node) }
        if desired.startsAgain == name {
            let others = desired.nodes.map(\.spec).filter { $0.kind == .data && $0.name != name }.map(\.name)
            let restart = RestartAfterStop(
                mark: host.recordedStop, checkpoint: host.controlData?.checkpoint, others: others)
            steps.append(step(.startAgain(restart), on: name, cause: .repair))
        }
        if let step = watchdog(node, host) { steps.append(step) }
        if let server, isOverSwitchover(host, server) {
            steps.append(
                step(
                    .endSwitchover(
                        mark: host.recordedStop, note: host.recordedSwitchover, isStandby: server.inRecovery),
                    on: name, cause: .repair))
        }
        if let step = start(node, host) { steps.append(step) }
        steps += afterFailover(node, host, server)
        guard let server, isOurs(node, server) else { return steps }
        if host.unfinishedWork != nil, !server.inRecovery {
            steps.append(step(.removeCreationMark, on: name, cause: .repair))
        }
        steps += configuration(node, host, server)
        if !server.inRecovery, node.role == .primary || node.role == .witness, let step = roles(node, server) {
            steps.append(step)
        }
        steps += slots(node, server)
        let stale = staleSlots(node, server)
        if !stale.isEmpty { steps.append(step(.dropStaleSlots(stale), on: name, cause: .repair)) }
        return steps
    }

    func step(_ action: PostgreSQLAction, on target: HostName, cause: Step.Cause) -> Step {
        Step(.postgresql(action), on: target, cause: cause)
    }

    private func creation(of node: Desired.Node) -> [Step] {
        let blocks = ConfigurationBlocks(parameters: node.parameters, hba: node.hba)
        if node.role == .primaryToCreate, let recovery = desired.recovery, let host = desired.backupHost {
            return [step(.recover(recovery, blocks, backupHost: host), on: node.spec.name, cause: .missing)]
        }
        let create = step(.create(blocks), on: node.spec.name, cause: .missing)
        return [create, newRoles(node).after([create.id], .createBeforeRoles)]
    }

    private func withDurability(_ node: Desired.Node, _ server: ServerFacts?) -> Desired.Node {
        guard node.role != .primaryToCreate else { return node }
        let primary = server.flatMap { $0.inRecovery ? nil : $0 }
        guard let setting = desired.synchronous.setting(for: node.spec, primary: primary) else { return node }
        var node = node
        node.parameters.removeAll { $0.name == setting.name }
        node.parameters.append(setting)
        return node
    }

    /// What a failover left on a node that streams again.
    private func afterFailover(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts?) -> [Step] {
        guard let server, server.inRecovery, server.receiver != nil, desired.isSettled else { return [] }
        var steps: [Step] = []
        if host.isFenced { steps.append(step(.unfence, on: node.spec.name, cause: .repair)) }
        if let mark = host.recordedFailover, mark.phase != .done {
            steps.append(step(.endFailover(mark.withoutAge), on: node.spec.name, cause: .repair))
        }
        return steps
    }

    private func isOverSwitchover(_ host: HostFacts, _ server: ServerFacts) -> Bool {
        if host.recordedStop != nil, server.inRecovery || desired.isSettled { return true }
        // Its note counts until it follows the one that is primary now.
        return host.recordedSwitchover != nil && desired.isSettled
            && (!server.inRecovery || server.receiver?.status == "streaming")
    }

    private func isToBeCreated(_ node: Desired.Node, _ host: HostFacts) -> Bool {
        guard node.role == .primaryToCreate || node.role == .witness else { return false }
        return host.holdsNoDatabase
    }

    /// On a standby too: it may be the primary one day, seen or not.
    private func watchdog(_ node: Desired.Node, _ host: HostFacts) -> Step? {
        guard let wanted = node.guard else {
            return host.watchdogScript.isMissing ? nil : step(.removeWatchdog, on: node.spec.name, cause: .config)
        }
        guard case .cluster = host.dataDirectory, host.unfinishedWork == nil else { return nil }
        let isSame = host.watchdogScript.text == wanted.script
        guard !isSame || !host.watchdogRuns else { return nil }
        let state: WatchdogState = host.watchdogScript.isMissing ? .missing : isSame ? .stopped : .differs
        let cause: Step.Cause =
            switch state {
            case .missing: .missing
            case .stopped: .repair
            case .differs: .drift
            }
        return step(.installWatchdog(state, observed: host.watchdogScript.text), on: node.spec.name, cause: cause)
    }

    /// A server of another cluster is nobody's business here; the finding is made elsewhere.
    private func isOurs(_ node: Desired.Node, _ server: ServerFacts) -> Bool {
        guard node.role != .witness, let pinned = desired.systemIdentifier else { return true }
        return server.systemIdentifier == pinned
    }

    private func passfile(_ node: Desired.Node, _ host: HostFacts) -> Step? {
        guard !node.passfile.isEmpty, host.passfileFits == false else { return nil }
        return step(
            .setPassfile(account: node.spec.postgresql.osUser, entries: node.passfile), on: node.spec.name,
            cause: host.hasPassfile ? .drift : .missing)
    }

    private func start(_ node: Desired.Node, _ host: HostFacts) -> Step? {
        guard case .cluster(let control?) = host.dataDirectory, !host.postmasterRuns, host.unfinishedWork == nil,
            !node.spec.maintenance
        else { return nil }
        // A witness's database is its own, and nobody's copy.
        if node.role == .witness {
            return step(.startWitness(state: control.state), on: node.spec.name, cause: .repair)
        }
        guard host.hasStandbySignal, isStandby(node) else { return nil }
        if let identifier = knownIdentifier, identifier != control.systemIdentifier { return nil }
        return step(.startStandby(state: control.state), on: node.spec.name, cause: .repair)
    }

    private func isStandby(_ node: Desired.Node) -> Bool {
        if case .standby = node.role { return true }
        return node.role == .undecided && desired.primaryIsLost
    }

    /// The identifier that every copy must have: the file's pin, or the primary's, or that of the standbys of a lost one.
    private var knownIdentifier: String? {
        if let pinned = desired.systemIdentifier { return pinned }
        let known = desired.nodes.first { node in
            node.role == .primary
                || desired.primaryIsLost && observed[node.spec.name]?.server.value?.inRecovery == true
        }
        return known.flatMap { observed[$0.spec.name]?.server.value?.systemIdentifier }
    }

    // MARK: roles

    private func newRoles(_ node: Desired.Node) -> Step {
        let needs = wantedRoles(node).map { role in
            var need = missing(role)
            need.isTold = false
            return need
        }
        let database = DatabaseNeed(name: desired.database, owner: desired.roles.first?.name ?? "")
        return step(.grantRoles(needs, database: database), on: node.spec.name, cause: .missing)
    }

    private func wantedRoles(_ node: Desired.Node) -> [ServiceRole] {
        node.role == .witness ? Array(desired.roles.prefix(1)) : desired.roles
    }

    private func roles(_ node: Desired.Node, _ server: ServerFacts) -> Step? {
        let needs = wantedRoles(node).map { need(of: $0, server) }.filter { !$0.isNothing }
        let lacksDatabase = !server.databases.contains(desired.database)
        guard !needs.isEmpty || lacksDatabase else { return nil }
        let isNew = lacksDatabase || needs.contains(where: \.isMissing)
        let database =
            lacksDatabase ? DatabaseNeed(name: desired.database, owner: desired.roles.first?.name ?? "") : nil
        return step(
            .grantRoles(needs, database: database), on: node.spec.name, cause: isNew ? .missing : .drift)
    }

    private func missing(_ role: ServiceRole) -> RoleNeed {
        var need = RoleNeed(role)
        need.isMissing = true
        need.attributes = true
        need.password = role.password != nil
        need.memberships = role.memberOf
        if role.isBackupRole { need.grants = BackupGrants.functionNames }
        return need
    }

    private func need(of role: ServiceRole, _ server: ServerFacts) -> RoleNeed {
        guard let has = server.roles[role.name] else { return missing(role) }
        var need = RoleNeed(role)
        // A superuser may do all of it; a role that somebody made with fewer rights on purpose is not made superuser.
        need.attributes = !has.mayLogIn || (role.replication && !has.mayReplicate && !has.isSuperuser)
        need.password = role.password != nil && has.passwordFits == false
        if !has.isSuperuser {
            need.memberships = role.memberOf.filter { !has.memberOf.contains($0) }
            need.grants = missingGrants(of: role, server)
        }
        return need
    }

    private func missingGrants(of role: ServiceRole, _ server: ServerFacts) -> [String] {
        guard role.isBackupRole, let granted = server.backupGrants else { return [] }
        return BackupGrants.functions(version: server.versionNumber / 10000).filter { !granted.contains($0) }
    }

    // MARK: slots

    private func slots(_ node: Desired.Node, _ server: ServerFacts) -> [Step] {
        node.slots.sorted { $0.key < $1.key }.compactMap { standby, slot in
            guard !server.slots.contains(where: { $0.name == slot }), hasCopy(standby) else { return nil }
            return step(.createSlot(slot, on: node.spec.name), on: standby, cause: .repair)
        }
    }

    /// A leaving standby is stopped, since a slot in use cannot be dropped; then its slots go, wherever they are.
    private func leave(_ node: NodeSpec) -> [Step] {
        let slot = "repmgr_slot_\(node.id)"
        let stop = stop(node).map { [$0] } ?? []
        let drops = desired.nodes.filter { keeper in
            observed[keeper.spec.name]?.server.value?.slots.contains(where: { $0.name == slot }) == true
        }.map { step(.dropSlot(slot, on: $0.spec.name), on: node.name, cause: .config) }
        return stop + Array(drops.prefix(1)).after(stop, .stopBeforeSlotDrop)
    }

    private func stop(_ node: NodeSpec) -> Step? {
        guard let seen = observed[node.name], let host = seen.host.value, host.postmasterRuns, host.hasStandbySignal
        else { return nil }
        return step(.stopStandby, on: node.name, cause: .config)
    }

    /// Slots under our own names, unused, for standbys that are declared and stream from their own upstream by now.
    private func staleSlots(_ node: Desired.Node, _ server: ServerFacts) -> [String] {
        // Mostly there is none: nothing is asked about the standbys then.
        let idle = server.slots.contains { !$0.active && $0.name.hasPrefix("repmgr_slot_") }
        guard desired.isSettled, idle else { return [] }
        return desired.nodes.compactMap { standby in
            switch standby.role {
            case .primary: return inactive("repmgr_slot_\(standby.spec.id)", server)
            case .standby(let upstream):
                guard upstream != node.spec.name, streams(standby.spec.name, from: upstream) else { return nil }
                return inactive("repmgr_slot_\(standby.spec.id)", server)
            case .primaryToCreate, .witness, .undecided: return nil
            }
        }
    }

    private func streams(_ standby: NodeName, from upstream: NodeName) -> Bool {
        guard let receiver = observed[standby]?.server.value?.receiver, let spec = desired.node(upstream)?.spec else {
            return false
        }
        return receiver.status == "streaming" && receiver.host == spec.host
            && receiver.port == String(spec.postgresql.port)
    }

    private func inactive(_ slot: String, _ server: ServerFacts) -> String? {
        server.slots.contains { $0.name == slot && $0.isPhysical && !$0.active } ? slot : nil
    }

    /// A node without a copy gets its slot together with the clone.
    private func hasCopy(_ name: NodeName) -> Bool {
        guard let host = observed[name]?.host.value, case .cluster = host.dataDirectory else { return false }
        return host.unfinishedWork == nil
    }
}
