package import ClusterModel
import Systems

/// One row: a situation in a sentence, and what it makes of the roles.
package struct RoleRule: Sendable {
    /// How many of the nodes that are seen take writes.
    package enum Writable: String, Sendable {
        case one, none, several
    }

    package let name: RoleRuleName
    package let writable: [Writable]
    package let sentence: String
    /// Nil: the row does not fit.
    let roles: @Sendable (RoleView) -> Roles?

    init(
        _ name: RoleRuleName, _ writable: Writable..., sentence: String, roles: @escaping @Sendable (RoleView) -> Roles?
    ) {
        self.name = name
        self.writable = writable
        self.sentence = sentence
        self.roles = roles
    }
}

/// Who shall be what, as a table: the first row that fits counts. `pgregent explain` prints it.
package enum RoleRules {
    package static let rows: [RoleRule] = [
        RoleRule(
            .replacedIsBack, .several,
            sentence:
                "A node that was replaced is back and takes writes: it is fenced, and the one that was promoted instead is the primary."
        ) { $0.replacedIsBack },
        RoleRule(
            .chosenIsUnseen, .one,
            sentence:
                "A failover has chosen another node in place of the one that takes writes, and that node is not seen: it may take writes. The old one is fenced, and nobody is primary until the other is seen."
        ) { $0.chosenIsUnseen },
        RoleRule(
            .successorIsDown, .one, .several,
            sentence:
                "Whoever takes writes was replaced, and the node that was promoted instead is down. They are fenced: what they acknowledge it lacks."
        ) { $0.successorIsDown },
        RoleRule(
            .switchoverTargetIsUnseen, .one,
            sentence:
                "A switchover had stopped this node and was at its promotion; somebody has started it since, and the target is not seen. A person decides."
        ) { $0.switchoverTargetIsUnseen },
        RoleRule(
            .primaryIsDoubtful, .one,
            sentence:
                "The only node that takes writes is fenced, or on an older timeline than another, or nothing tells that its data is this cluster's. Nothing is led to it."
        ) { $0.primaryIsDoubtful },
        RoleRule(
            .onePrimary, .one,
            sentence: "One node takes writes: it is the primary, and all others follow it, or their declared upstream."
        ) { $0.onePrimary },
        RoleRule(
            .switchoverIsUnfinished, .none,
            sentence:
                "pgregent, or its watchdog, stopped the primary and did not come to an end. It is started again while nobody was promoted; once the promotion was asked for, there is only forward; and where somebody is not seen who may have been promoted, a person decides."
        ) { $0.switchoverIsUnfinished },
        RoleRule(
            .switchoverHasVanished, .none,
            sentence: "A switchover was under way and neither of its nodes is seen: either may take writes."
        ) { $0.switchoverHasVanished },
        RoleRule(
            .primaryIsLost, .none,
            sentence:
                "It is known who the primary was, and it takes no writes. It is replaced, or started again where nobody can take over, as far as the rules of a failover allow."
        ) { $0.primaryIsLost },
        RoleRule(
            .noPrimaryYet, .none,
            sentence:
                "No host holds a database: one is made as bootstrap.from says, when every host was seen and nothing tells that one has lived there."
        ) { $0.noPrimaryYet },
        RoleRule(
            .severalTakeWrites, .several,
            sentence: "Several nodes take writes, and nothing tells which is right. A person decides."
        ) { $0.severalTakeWrites },
    ]
}

/// What the rows look at.
struct RoleView: Sendable {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    let request: Failover.Request
    let writable: [NodeSpec]

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, request: Failover.Request) {
        self.spec = spec
        self.snapshot = snapshot
        self.request = request
        writable = snapshot.writable(spec)
    }

    var situation: RoleRule.Writable {
        switch writable.count {
        case 0: .none
        case 1: .one
        default: .several
        }
    }
}
