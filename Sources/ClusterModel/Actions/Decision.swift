/// What is decided by a person, or by a later observation: it stands in a plan as a held step, and nothing is ever done by it.
package enum Decision: Sendable, Hashable {
    /// A change of primary that is asked for, and that something stands against.
    case switchover(from: NodeName, to: NodeName?)
    /// - Parameter reason: why it cannot be said who is the primary.
    case namePrimary(reason: String)
    /// - Parameter reason: why the lost primary is not replaced.
    case replacePrimary(reason: String)
    case rejoin

    package var name: ActionName {
        switch self {
        case .switchover: .clusterSwitchover
        case .namePrimary: .clusterDecide
        case .replacePrimary: .clusterFailover
        case .rejoin: .clusterRejoin
        }
    }

    var words: Words {
        switch self {
        case .switchover(let from, let to):
            Words("\(from) -> \(to ?? "nobody")", because: "a change of primary is asked for")
        case .namePrimary(let reason): Words("name the primary", because: reason)
        case .replacePrimary(let reason): Words("replace the primary", because: reason)
        case .rejoin: Words("rejoin as a standby", because: "it holds a database, is stopped, and was no standby")
        }
    }
}
