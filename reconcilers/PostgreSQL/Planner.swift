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
        let actions = Actions(node)
        if desired.fenced.contains(node.spec.name) { return [failover(node).fence()] }
        var steps: [Step] = []
        if let step = passfile(node, host, actions) { steps.append(step) }
        if isToBeCreated(node, host) {
            if node.role == .primaryToCreate, let restoration = desired.restoration {
                steps.append(actions.recover(restoration.from, fetch: restoration.fetch))
                return steps
            }
            steps.append(actions.create())
            steps.append(newRoles(actions))
            return steps
        }
        if desired.startsAgain == node.spec.name {
            let others = desired.nodes.map(\.spec).filter { $0.kind == .data && $0.name != node.spec.name }
            steps.append(actions.startAgain(host, others: others, database: desired.database))
        }
        if let step = self.guard(node, host) { steps.append(step) }
        if let server, isOverSwitchover(host, server) {
            steps.append(
                actions.endSwitchover(
                    mark: host.switchoverMark, note: host.switchoverNote, isStandby: server.inRecovery))
        }
        if let step = start(node, host, actions) { steps.append(step) }
        steps += afterFailover(node, host, server)
        guard let server, isOurs(node, server) else { return steps }
        if host.cloneMark != nil, !server.inRecovery { steps.append(actions.unmark()) }
        steps += configuration(node, host, server, actions)
        if !server.inRecovery, node.role == .primary || node.role == .witness, let step = roles(node, server, actions) {
            steps.append(step)
        }
        steps += slots(node, server, actions)
        let stale = staleSlots(node, server)
        if !stale.isEmpty { steps.append(actions.dropStaleSlots(stale)) }
        return steps
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

    private func failover(_ node: Desired.Node) -> FailoverActions {
        FailoverActions(
            node.spec, database: desired.database, mark: observed[node.spec.name]?.host.value?.failoverMark)
    }

    /// What a failover left on a node that streams again.
    private func afterFailover(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts?) -> [Step] {
        guard let server, server.inRecovery, server.receiver != nil, desired.isSettled else { return [] }
        var steps: [Step] = []
        if host.isFenced { steps.append(failover(node).unfence()) }
        if let mark = host.failoverMark, mark.phase != .done { steps.append(failover(node).endFailover(mark)) }
        return steps
    }

    private func isOverSwitchover(_ host: HostFacts, _ server: ServerFacts) -> Bool {
        if host.switchoverMark != nil, server.inRecovery || desired.isSettled { return true }
        // Its note counts until it follows the one that is primary now.
        return host.switchoverNote != nil && desired.isSettled
            && (!server.inRecovery || server.receiver?.status == "streaming")
    }

    private func isToBeCreated(_ node: Desired.Node, _ host: HostFacts) -> Bool {
        guard node.role == .primaryToCreate || node.role == .witness else { return false }
        return host.holdsNoDatabase
    }

    /// On a standby too: it may be the primary one day, seen or not.
    private func `guard`(_ node: Desired.Node, _ host: HostFacts) -> Step? {
        guard let wanted = node.guard else {
            return host.guardScript.isMissing ? nil : GuardActions(node.spec).remove()
        }
        guard case .cluster = host.dataDirectory, host.cloneMark == nil else { return nil }
        guard host.guardScript.text != wanted.script || !host.guardRuns else { return nil }
        return GuardActions(node.spec).install(wanted, observed: host.guardScript)
    }

    /// A server of another cluster is nobody's business here; the finding is made elsewhere.
    private func isOurs(_ node: Desired.Node, _ server: ServerFacts) -> Bool {
        guard node.role != .witness, let pinned = desired.systemIdentifier else { return true }
        return server.systemIdentifier == pinned
    }

    private func passfile(_ node: Desired.Node, _ host: HostFacts, _ actions: Actions) -> Step? {
        guard !node.passfile.isEmpty, host.passfileFits == false else { return nil }
        return actions.passfile(cause: host.hasPassfile ? .drift : .missing)
    }

    private func start(_ node: Desired.Node, _ host: HostFacts, _ actions: Actions) -> Step? {
        guard case .cluster(let control?) = host.dataDirectory, !host.postmasterRuns, host.cloneMark == nil,
            !node.spec.maintenance
        else { return nil }
        let evidence = "no postmaster runs; control file: \(control.state)"
        if node.role == .witness { return actions.startWitness(evidence: evidence) }
        guard host.hasStandbySignal, isStandby(node) else { return nil }
        if let identifier = knownIdentifier, identifier != control.systemIdentifier { return nil }
        return actions.start(evidence: evidence)
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

    private func newRoles(_ actions: Actions) -> Step {
        let wanted = actions.node.role == .witness ? Array(desired.roles.prefix(1)) : desired.roles
        let needs = wanted.map { role in
            RoleNeed(
                role: role, attributes: true, password: role.password != nil, memberships: role.memberOf,
                grants: role.isBackupRole)
        }
        var step = actions.roles(needs, database: (desired.database, desired.roles.first?.name ?? ""), cause: .missing)
        step.after = ["postgresql.create.\(actions.node.spec.name)"]
        return step
    }

    private func roles(_ node: Desired.Node, _ server: ServerFacts, _ actions: Actions) -> Step? {
        let wanted = node.role == .witness ? Array(desired.roles.prefix(1)) : desired.roles
        let needs = wanted.map { need(of: $0, server) }.filter { !$0.isNothing }
        let lacksDatabase = !server.databases.contains(desired.database)
        guard !needs.isEmpty || lacksDatabase else { return nil }
        let isNew = lacksDatabase || needs.contains { server.roles[$0.role.name] == nil }
        let database = lacksDatabase ? (name: desired.database, owner: desired.roles.first?.name ?? "") : nil
        return actions.roles(needs, database: database, cause: isNew ? .missing : .drift)
    }

    private func need(of role: Desired.ServiceRole, _ server: ServerFacts) -> RoleNeed {
        guard let has = server.roles[role.name] else {
            return RoleNeed(
                role: role, attributes: true, password: role.password != nil, memberships: role.memberOf,
                grants: role.isBackupRole, lacking: "\(role.name): missing")
        }
        var need = RoleNeed(role: role)
        var lacking: [String] = []
        // A superuser may do all of it; a role that somebody made with fewer rights on purpose is not made superuser.
        if !has.mayLogIn || (role.replication && !has.mayReplicate && !has.isSuperuser) {
            need.attributes = true
            lacking.append("attributes")
        }
        if role.password != nil, has.passwordFits == false {
            need.password = true
            lacking.append("password")
        }
        if !has.isSuperuser {
            need.memberships = role.memberOf.filter { !has.memberOf.contains($0) }
            lacking += need.memberships
            let missing = missingGrants(of: role, server)
            if role.isBackupRole, !missing.isEmpty {
                need.grants = true
                lacking += missing
            }
        }
        need.lacking = lacking.isEmpty ? "" : "\(role.name): \(lacking.joined(separator: ", "))"
        return need
    }

    private func missingGrants(of role: Desired.ServiceRole, _ server: ServerFacts) -> [String] {
        guard role.isBackupRole, let granted = server.backupGrants else { return [] }
        return BackupGrants.functions(version: server.versionNumber / 10000).filter { !granted.contains($0) }
    }

    // MARK: slots

    private func slots(_ node: Desired.Node, _ server: ServerFacts, _ actions: Actions) -> [Step] {
        node.slots.sorted { $0.key < $1.key }.compactMap { standby, slot in
            guard !server.slots.contains(where: { $0.name == slot }), hasCopy(standby) else { return nil }
            return actions.slot(slot, for: standby)
        }
    }

    /// A leaving standby is stopped, since a slot in use cannot be dropped; then its slots go, wherever they are.
    private func leave(_ node: NodeSpec) -> [Step] {
        let slot = "repmgr_slot_\(node.id)"
        let stop = stop(node)
        let drops = desired.nodes.compactMap { keeper -> Step? in
            guard observed[keeper.spec.name]?.server.value?.slots.contains(where: { $0.name == slot }) == true else {
                return nil
            }
            var step = Actions(keeper).dropSlot(slot, of: node.name)
            if let stop { step.after = [stop.id] }
            return step
        }
        return (stop.map { [$0] } ?? []) + drops.prefix(1)
    }

    private func stop(_ node: NodeSpec) -> Step? {
        guard let seen = observed[node.name], let host = seen.host.value, host.postmasterRuns, host.hasStandbySignal
        else { return nil }
        return Actions(Desired.Node(spec: node, role: .undecided, parameters: [], hba: [], passfile: [], slots: [:]))
            .stop()
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
        return host.cloneMark == nil
    }
}
