/// Something that can be asked of the hosts: before a step acts (a precondition) or after it (a postcondition).
///
/// A new case does not compile before its sentence, its question (`Check`) and its truth in a snapshot are written.
package enum Condition: Sendable, Hashable {
    case postgresql(PostgreSQLCondition)
    case repmgr(RepmgrCondition)
    case pgbouncer(PgBouncerCondition)
    case barman(BarmanCondition)

    /// What must be so, for people: `vm2 streams from vm1`.
    ///
    /// - Parameter spec: names Barman's server.
    package func sentence(_ spec: ClusterSpec) -> String {
        switch self {
        case .postgresql(let condition): condition.sentence
        case .repmgr(let condition): condition.sentence
        case .pgbouncer(let condition): condition.sentence
        case .barman(let condition): condition.sentence(spec)
        }
    }
}

extension BarmanCondition {
    func sentence(_ spec: ClusterSpec) -> String {
        switch self {
        case .hasSlot(let slot, let node): "\(node) has slot \(slot)"
        case .receives(let source): "Barman receives from \(source)"
        case .checkPasses: "barman check \(spec.barman?.server ?? "") is all OK"
        case .mayLogIn(let access): "\(access.login) logs in as \(access.account)"
        }
    }
}
