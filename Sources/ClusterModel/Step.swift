/// One ordered, idempotent action of a plan: what is done, why, and in which order.
///
/// The step holds its own work as data. What `plan` prints under `commands` is the very text that is run, so a preview
/// and a run cannot differ.
package struct Step: Sendable, Hashable {
    /// Terraform's three kinds of change.
    package enum Change: String, Sendable, Hashable { case add, change, destroy }

    package enum Cause: String, Sendable, Hashable {
        /// Declared, and not there.
        case missing
        /// There, and not as the file says: somebody or something changed it.
        case drift
        /// The file asks for something new.
        case config
        case failover
        case switchover
        /// It was as declared, and broke.
        case repair
    }

    /// What clients notice.
    package enum Disruption: String, Sendable, Hashable, Comparable {
        case none, reload, restart, stop

        package static func < (left: Self, right: Self) -> Bool {
            let order: [Self] = [.none, .reload, .restart, .stop]
            return (order.firstIndex(of: left) ?? 0) < (order.firstIndex(of: right) ?? 0)
        }
    }

    /// Why a step is not done now.
    package struct Hold: Sendable, Hashable {
        /// The rule's name, or the setting that says so.
        package var rule: String
        package var reason: String

        package init(rule: String, reason: String) {
            self.rule = rule
            self.reason = reason
        }
    }

    package var reconciler: String
    package var action: String
    package var target: HostName
    package var change: Change
    package var cause: Cause
    /// What is done, in a few words: `from vm1, then register`.
    package var summary: String
    /// The evidence: `postgres_rw: vm3 -> vm1`.
    package var detail = ""
    /// A sentence for a person; never used to decide.
    package var reason: String
    package var disruption = Disruption.none
    /// Clients are held, or will be let go by it: it is begun even when pgregent was asked to stop meanwhile.
    package var clientsWait = false
    /// Ids of the steps that must have succeeded first.
    package var after: Set<String> = []
    package var heldBy: Hold?
    /// Must hold just before the step acts; otherwise the world has changed and the step is left to the next pass.
    package var guards: [Check] = []
    package var operations: [Operation]
    /// Must hold afterwards, each within its own patience; otherwise the step has failed.
    package var effects: [Check] = []

    package init(
        _ reconciler: String, _ action: String, _ target: HostName, _ change: Change, cause: Cause,
        summary: String, reason: String, operations: [Operation]
    ) {
        self.reconciler = reconciler
        self.action = action
        self.target = target
        self.change = change
        self.cause = cause
        self.summary = summary
        self.reason = reason
        self.operations = operations
    }

    /// Unique within a plan, and the same for the same need: `repmgr.clone.vm3`.
    package var id: String { "\(reconciler).\(action).\(target)" }
}
