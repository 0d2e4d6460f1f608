/// What a step does: one closed list for each managed system, and one for what only a person can decide.
///
/// A new case does not compile before its name, its words, its requirements, its commands and its effect are written.
/// Questions about an action are answered by properties here, never by its text.
package enum Action: Sendable, Hashable {
    case postgresql(PostgreSQLAction)
    case repmgr(RepmgrAction)
    case pgbouncer(PgBouncerAction)
    case barman(BarmanAction)
    case decision(Decision)

    /// The managed system whose room the action is at home in.
    package var system: ManagedSystem {
        switch self {
        case .postgresql: .postgresql
        case .repmgr: .repmgr
        case .pgbouncer: .pgbouncer
        case .barman: .barman
        case .decision: .cluster
        }
    }

    package var name: ActionName {
        switch self {
        case .postgresql(let action): action.name
        case .repmgr(let action): action.name
        case .pgbouncer(let action): action.name
        case .barman(let action): action.name
        case .decision(let decision): decision.name
        }
    }

    /// What people read of it.
    package func words(on target: HostName) -> Words {
        switch self {
        case .postgresql(let action): action.words(on: target)
        case .repmgr(let action): action.words(on: target)
        case .pgbouncer(let action): action.words
        case .barman(let action): action.words
        case .decision(let decision): decision.words
        }
    }

    /// What must hold just before it acts, whatever plan it stands in.
    package func preconditions(on target: HostName) -> [Condition] {
        switch self {
        case .postgresql(let action): action.preconditions(on: target).map { .postgresql($0) }
        case .repmgr, .pgbouncer, .barman, .decision: []
        }
    }

    /// What must hold after it has acted.
    package func postconditions(on target: HostName) -> [Condition] {
        switch self {
        case .postgresql(let action): action.postconditions(on: target).map { .postgresql($0) }
        case .repmgr(let action): action.postconditions(on: target).map { .repmgr($0) }
        case .pgbouncer(let action): action.postconditions(on: target).map { .pgbouncer($0) }
        case .barman(let action): action.postconditions.map { .barman($0) }
        case .decision: []
        }
    }
}

/// The systems that are kept as declared, and `cluster` for what concerns all of them.
package enum ManagedSystem: String, Sendable, Hashable, CaseIterable {
    case postgresql, repmgr, pgbouncer, barman, cluster
}

/// What people read of an action; nothing is ever decided by it.
package struct Words: Sendable, Equatable {
    /// What is done, in a few words: `from vm1, then register`.
    package var summary: String
    /// The evidence: `postgres_rw: vm3 -> vm1`.
    package var detail: String
    /// A sentence that says why.
    package var reason: String

    package init(_ summary: String, detail: String = "", because reason: String) {
        self.summary = summary
        self.detail = detail
        self.reason = reason
    }
}

// MARK: what an action is like

extension Action {
    /// Terraform's kind of change.
    package func change(_ cause: Step.Cause) -> Step.Change {
        switch self {
        case .postgresql(let action): action.change(cause)
        case .repmgr(let action): action.change
        case .pgbouncer(let action): action.change(cause)
        case .barman(let action): action.change(cause)
        case .decision: .change
        }
    }

    /// What clients notice of it.
    package var disruption: Step.Disruption {
        switch self {
        case .postgresql(let action): action.disruption
        case .repmgr(let action): action.disruption
        case .pgbouncer(let action): action.disruption
        case .barman, .decision: .none
        }
    }

    /// What it is like, answered once for each case.
    package var traits: ActionTraits {
        switch self {
        case .postgresql(let action): action.traits
        case .repmgr(let action): action.traits
        case .pgbouncer(let action): action.traits
        case .barman, .decision: []
        }
    }

    /// It changes the record of its target, and cannot be done where that cannot be written.
    package var writesRecord: Bool {
        switch self {
        case .postgresql(let action): action.writesRecord
        case .repmgr(let action): action.writesRecord
        case .pgbouncer, .barman, .decision: false
        }
    }

    /// It belongs to the server, or to what repmgr says of it.
    package var isOfServer: Bool {
        switch self {
        case .postgresql, .repmgr: true
        case .pgbouncer, .barman, .decision: false
        }
    }
}

/// Questions about an action that somebody decides by.
package struct ActionTraits: OptionSet, Sendable, Hashable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// Clients are held while it is done, or will be let go by it: it is begun even when pgregent was asked to stop meanwhile.
    package static let clientsWait = ActionTraits(rawValue: 1 << 0)
    /// From here on clients wait in their pooler.
    package static let pausesClients = ActionTraits(rawValue: 1 << 1)
    /// From here on clients are served again.
    package static let releasesClients = ActionTraits(rawValue: 1 << 2)
    /// It leads clients to where the primary is; unlike what holds them, or ends their connections.
    package static let leadsClients = ActionTraits(rawValue: 1 << 3)
    /// Another node takes writes afterwards.
    package static let changesPrimary = ActionTraits(rawValue: 1 << 4)
    /// A standby is led to its upstream.
    package static let leadsReceiver = ActionTraits(rawValue: 1 << 5)
    /// A standby's stream is ended so that a planned change of primary does not wait for it.
    package static let detachesReceiver = ActionTraits(rawValue: 1 << 6)
    /// What is in the data directory meanwhile is unfinished, and is not to be started.
    package static let copiesData = ActionTraits(rawValue: 1 << 7)
    /// It keeps a replaced primary from taking writes.
    package static let fences = ActionTraits(rawValue: 1 << 8)
    /// A server restarts for parameters that take effect at a restart only.
    package static let restartsServer = ActionTraits(rawValue: 1 << 9)
}
