import ClusterModel

struct OrderBetweenSystems: PlanTransform {
    func apply(_ view: PlanningView, _ draft: inout PlanDraft) {
        draft.steps = OrderingRules(spec: view.spec, roles: view.roles).ordered(draft.steps)
    }
}

/// What must happen before what, between systems: one rule, one name, one sentence (`RuleName`). A rule names steps that may
/// or may not be in a plan; only those that are take part.
struct OrderingRules {
    let spec: ClusterSpec
    let roles: Roles

    private struct Rule {
        let name: RuleName
        let applies: (Step) -> Bool
        let waitsFor: (Step, Step) -> Bool
    }

    /// Every step with the ids that it must wait for, in an order in which all can be done.
    func ordered(_ steps: [Step]) -> [Step] {
        let ids = Set(steps.map(\.id))
        let rules = rules
        let linked = steps.map { unlinked in
            var step = unlinked
            step.after = step.after.filter { ids.contains($0.key) }
            for rule in rules where rule.applies(unlinked) {
                let waited = steps.filter {
                    $0.id != unlinked.id && !Self.waitsForStandbys($0) && rule.waitsFor(unlinked, $0)
                }
                step = step.after(waited.map(\.id), rule.name)
            }
            return step
        }
        return sorted(linked)
    }

    /// What is held until every standby is there is nothing that a standby could wait for: it would never be there.
    private static func waitsForStandbys(_ step: Step) -> Bool { step.heldBy?.rule == .safety(.standbysFirst) }

    private var rules: [Rule] {
        let primary = roles.primary ?? ""
        let isOnPrimary = { (step: Step) in step.target == primary }
        let usesServer = { (step: Step) in step.action.system == .repmgr && step.id.name != .repmgrConfigure }
        let isPoolRoute = { (step: Step) in [.pgbouncerRewrite, .pgbouncerReload].contains(step.id.name) }
        let joins: Set<ActionName> = [.repmgrClone, .repmgrFollow, .repmgrRegister]
        return [
            Rule(name: .hostReadyBeforeRepmgr, applies: usesServer) { step, other in
                other.target == step.target
                    && (other.id.name == .repmgrConfigure
                        || (other.action.system == .postgresql && other.id.name != .postgresqlDropSlot))
            },
            Rule(name: .primaryReadyBeforeStandbys, applies: { usesServer($0) && !isOnPrimary($0) }) { _, other in
                isOnPrimary(other) && other.action.isOfServer
            },
            Rule(
                name: .nodeSettledBeforeRepmgrd,
                applies: { [.repmgrUnpause, .repmgrStartDaemon].contains($0.id.name) }
            ) { step, other in
                other.target == step.target && other.action.system == .repmgr && other.id.name != .repmgrStartDaemon
            },
            Rule(name: .upstreamBeforeDownstream, applies: { joins.contains($0.id.name) }) { step, other in
                guard other.target == roles.upstreams[step.target] else { return false }
                return other.action.system == .postgresql || joins.contains(other.id.name)
            },
            Rule(name: .slotBeforeStart, applies: { $0.id.name == .postgresqlStart }) { step, other in
                other.id == StepID(.postgresqlSlot, step.target)
            },
            // And its record goes when no other names it.
            Rule(
                name: .othersMoveBeforeLeaving,
                applies: { [.postgresqlStop, .repmgrUnregister].contains($0.id.name) }
            ) { step, other in
                guard other.target != step.target || other.action.system == .pgbouncer else { return false }
                return other.id.name == .repmgrFollow || isPoolRoute(other)
            },
            Rule(
                name: .unregisterBeforeSlotDrop,
                applies: { [.postgresqlDropSlot, .barmanDropSlot].contains($0.id.name) }
            ) { step, other in
                other.id == StepID(.repmgrUnregister, step.target) || other.id == StepID(.postgresqlStop, step.target)
            },
            Rule(name: .backupHostBeforeRecovery, applies: { $0.id.name == .postgresqlRecover }) { step, other in
                other.id == StepID(.barmanLetOut, step.target) || other.id.name == .barmanConfigure
            },
            Rule(name: .primaryBeforeUsers, applies: { $0.id.name == .pgbouncerAuth }) { _, other in
                isOnPrimary(other) && other.action.system == .postgresql
            },
            Rule(
                name: .backendsBeforePools,
                applies: { $0.action.system == .pgbouncer && roles.primaryIsToBeCreated }
            ) { _, other in
                other.action.system == .repmgr && (other.id.name == .repmgrClone || isOnPrimary(other))
            },
            Rule(name: .passageBeforeClone, applies: { $0.id.name == .repmgrClone }) { step, other in
                other.id == StepID(.barmanLetIn, step.target)
            },
            Rule(
                name: .primaryBeforeBackup,
                applies: { [.barmanSlot, .barmanReceive, .barmanFirstWAL].contains($0.id.name) }
            ) { _, other in
                isOnPrimary(other) && other.action.system == .postgresql
            },
        ]
    }

    /// Stable: steps stay in their order where nothing asks for another. A circle would be a mistake in the rules; its
    /// steps stand at the end, where they wait for each other and are never done.
    private func sorted(_ steps: [Step]) -> [Step] {
        let places = Dictionary(steps.enumerated().map { ($1.id, $0) }) { first, _ in first }
        var unmet = steps.map(\.after.count)
        var dependents: [[Int]] = Array(repeating: [], count: steps.count)
        for (index, step) in steps.enumerated() {
            for id in step.after.keys { if let place = places[id] { dependents[place].append(index) } }
        }
        // Places of the steps that wait for nothing any more, the last one first.
        var ready = Array(steps.indices.filter { unmet[$0] == 0 }.reversed())
        var result: [Step] = []
        while let place = ready.popLast() {
            result.append(steps[place])
            for dependent in dependents[place] {
                unmet[dependent] -= 1
                guard unmet[dependent] == 0 else { continue }
                ready.insert(dependent, at: ready.firstIndex { $0 < dependent } ?? ready.endIndex)
            }
        }
        return result + steps.indices.filter { unmet[$0] > 0 }.map { steps[$0] }
    }
}
