import ClusterModel

/// A command that is handed to the daemon which holds the cluster: what its caller has said, and what it can show.
struct HandedCommand: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case switchover, failover
    }

    var kind: Kind
    var to: String?
    var acceptDataLoss = false
    var yes = false
    var json = false
    /// Who asks; for the daemon's log.
    var account: String
    var colour = false
    var isInteractive = false
    var showsProgress = false
}

/// What the caller sends while its command runs; a line of JSON each.
struct CallersWord: Codable, Sendable {
    /// To the question that was asked last.
    var answer: String?
    /// The steps in hand are to be finished, and no other begun.
    var stop: Bool?
}

/// What the daemon sends; a line of JSON each.
struct DaemonsWord: Codable, Sendable {
    /// For standard output.
    var out: String?
    /// For standard error, with its terminator.
    var err: String?
    var question: String?
    /// The command is over.
    var exit: Int32?
}
