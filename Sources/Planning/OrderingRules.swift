import ClusterModel

/// What must happen before what, between systems: one rule, one name, one sentence. A rule names steps that may or may
/// not be in a plan; only those that are take part.
struct OrderingRules {
    let spec: ClusterSpec
    let roles: Roles

    private struct Rule {
        let name: String
        let applies: (Step) -> Bool
        let waitsFor: (Step, Step) -> Bool
    }

    /// Every step with the ids that it must wait for, in an order in which all can be done.
    func ordered(_ steps: [Step]) -> [Step] {
        let ids = Set(steps.map(\.id))
        let rules = rules
        let linked = steps.map { unlinked in
            var step = unlinked
            step.after.formIntersection(ids)
            let waited = rules.filter { $0.applies(unlinked) }.flatMap { rule in
                steps.filter { $0.id != unlinked.id && !Self.waitsForStandbys($0) && rule.waitsFor(unlinked, $0) }
                    .map(\.id)
            }
            step.after.formUnion(waited)
            return step
        }
        return sorted(linked)
    }

    /// What is held until every standby is there is nothing that a standby could wait for: it would never be there.
    private static func waitsForStandbys(_ step: Step) -> Bool { step.heldBy?.rule == "standbysFirst" }

    private var rules: [Rule] {
        let primary = roles.primary ?? ""
        let isOnPrimary = { (step: Step) in step.target == primary }
        return [
            // repmgr works with what the host's own server, its roles, its passfile and repmgr.conf let it do.
            Rule(name: "hostReadyBeforeRepmgr", applies: { $0.reconciler == "repmgr" && $0.action != "configure" }) {
                step, other in
                other.target == step.target
                    && (other.id == "repmgr.configure.\(step.target)"
                        || (other.reconciler == "postgresql" && other.action != "drop-slot"))
            },
            // A copy or a registration needs a primary that lets it in, and knows itself.
            Rule(
                name: "primaryReadyBeforeStandbys",
                applies: { $0.reconciler == "repmgr" && $0.action != "configure" && !isOnPrimary($0) }
            ) { _, other in
                isOnPrimary(other) && (other.reconciler == "postgresql" || other.reconciler == "repmgr")
            },
            // repmgrd goes on when its own server is what it shall be.
            Rule(name: "nodeSettledBeforeRepmgrd", applies: { $0.action == "unpause" || $0.action == "start-daemon" }) {
                step, other in
                step.reconciler == "repmgr" && other.target == step.target && other.reconciler == "repmgr"
                    && other.action != "start-daemon"
            },
            // A cascading standby is copied from, or follows, one that is there, runs, and lets it in.
            Rule(
                name: "upstreamBeforeDownstream",
                applies: { $0.reconciler == "repmgr" && ["clone", "follow", "register"].contains($0.action) }
            ) { step, other in
                guard other.target == roles.upstreams[step.target] else { return false }
                return other.reconciler == "postgresql"
                    || (other.reconciler == "repmgr" && ["clone", "follow", "register"].contains(other.action))
            },
            // A standby whose slot is missing would start without a stream.
            Rule(name: "slotBeforeStart", applies: { $0.id == "postgresql.start.\($0.target)" }) { step, other in
                other.id == "postgresql.slot.\(step.target)"
            },
            // Nobody streams from, or is routed to, a node that leaves; and its record goes when no other names it.
            Rule(
                name: "othersMoveBeforeLeaving",
                applies: { $0.id == "postgresql.stop.\($0.target)" || $0.id == "repmgr.unregister.\($0.target)" }
            ) { step, other in
                guard other.target != step.target || other.reconciler == "pgbouncer" else { return false }
                return other.id == "repmgr.follow.\(other.target)"
                    || (other.reconciler == "pgbouncer" && ["rewrite", "reload"].contains(other.action))
            },
            // repmgr's record names the slot: it goes first.
            Rule(name: "unregisterBeforeSlotDrop", applies: { $0.action == "drop-slot" }) { step, other in
                other.id == "repmgr.unregister.\(step.target)" || other.id == "postgresql.stop.\(step.target)"
            },
            // Barman copies over SSH, and knows the server by its file.
            Rule(name: "backupHostBeforeRecovery", applies: { $0.id == "postgresql.recover.\($0.target)" }) {
                step, other in
                other.id == "barman.let-out.\(step.target)"
                    || (other.reconciler == "barman" && other.action == "configure")
            },
            // Users' secrets come from the primary.
            Rule(name: "primaryBeforeUsers", applies: { $0.id == "pgbouncer.auth.\($0.target)" }) { _, other in
                isOnPrimary(other) && other.reconciler == "postgresql"
            },
            // In a new cluster pools are opened when there is something behind them.
            Rule(name: "backendsBeforePools", applies: { $0.reconciler == "pgbouncer" && roles.primaryIsToBeCreated }) {
                _, other in
                other.reconciler == "repmgr" && (other.action == "clone" || isOnPrimary(other))
            },
            // repmgr reaches Barman's backups as soon as it clones from them.
            Rule(name: "passageBeforeClone", applies: { $0.id == "repmgr.clone.\($0.target)" }) { step, other in
                other.id == "barman.let-in.\(step.target)"
            },
            // Barman connects as a role, through a line of pg_hba.conf, to a server that has settled.
            Rule(
                name: "primaryBeforeBackup",
                applies: { $0.reconciler == "barman" && ["slot", "receive", "first-wal"].contains($0.action) }
            ) { _, other in
                isOnPrimary(other) && other.reconciler == "postgresql"
            },
        ]
    }

    /// Stable: steps stay in their order where nothing asks for another. A circle would be a mistake in the rules; its
    /// steps stand at the end, where they wait for each other and are never done.
    private func sorted(_ steps: [Step]) -> [Step] {
        var waiting = steps
        var done: Set<String> = []
        var result: [Step] = []
        while let index = waiting.firstIndex(where: { $0.after.isSubset(of: done) }) {
            let step = waiting.remove(at: index)
            done.insert(step.id)
            result.append(step)
        }
        return result + waiting
    }
}
