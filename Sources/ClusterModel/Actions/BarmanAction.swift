/// What can be done to Barman. The target is the backup host, unless a case says otherwise.
package enum BarmanAction: Sendable, Hashable {
    /// - Parameter observed: what the server's own file held; nil: it is missing.
    case configure(ObservedFile)
    case setPassfile(path: String, entries: [FileEdit.KeyedLine])
    case setAlias(AliasChange)
    case createSlot(String, on: NodeName)
    /// The target is the node that was backed up before.
    case dropSlot(String)
    case receive(ReceiverStart)
    case archiveFirstSegment(from: NodeName)
    /// The target is the node at one end of the passage.
    case authorize(SSHAccess, isInward: Bool, lacking: [String])

    package var name: ActionName {
        switch self {
        case .configure: .barmanConfigure
        case .setPassfile: .barmanPassfile
        case .setAlias: .barmanAlias
        case .createSlot: .barmanSlot
        case .dropSlot: .barmanDropSlot
        case .receive: .barmanReceive
        case .archiveFirstSegment: .barmanFirstWAL
        case .authorize(_, let isInward, _): isInward ? .barmanLetIn : .barmanLetOut
        }
    }

    func change(_ cause: Step.Cause) -> Step.Change {
        switch self {
        case .configure(let file): file.observed == nil ? .add : .change
        case .setPassfile, .setAlias: cause == .missing ? .add : .change
        case .createSlot, .archiveFirstSegment, .authorize: .add
        case .dropSlot: .destroy
        case .receive: .change
        }
    }

    var words: Words {
        switch self {
        case .configure(let file):
            Words(
                file.path,
                because: file.observed == nil
                    ? "the server has no configuration" : "the file differs from cluster.yaml")
        case .setPassfile(let path, _):
            Words(
                "set entries of \(path)", because: "Barman needs the declared passwords to reach the nodes")
        case .setAlias(let change):
            Words(
                change.alias,
                detail: change.isNew
                    ? "-> \(change.source)" : change.changes.map(\.description).joined(separator: ", "),
                because: "the alias does not lead to the node that is to be backed up")
        case .createSlot(let slot, let node):
            Words(
                "\(slot) on \(node)",
                because: "without its slot \(node) may drop write-ahead log that Barman has not got")
        case .dropSlot(let slot):
            Words(slot, because: "Barman receives from another node: the slot would keep log for ever")
        case .receive(let start):
            Words(
                "start receiving write-ahead log", because: "Barman's receiver is not connected to \(start.source)")
        case .archiveFirstSegment:
            Words("archive a first segment", because: "without one no backup can be checked or taken")
        case .authorize(let access, let isInward, let lacking):
            Words(
                "\(access.login) may log in as \(access.account)", detail: lacking.joined(separator: ", "),
                because: isInward
                    ? "the node brings its log to Barman, or is cloned from it"
                    : "Barman copies the data directory with rsync")
        }
    }

    var postconditions: [BarmanCondition] {
        switch self {
        case .createSlot(let slot, let node): [.hasSlot(slot, on: node)]
        case .receive(let start): [.receives(from: start.source)]
        case .archiveFirstSegment(let source): [.checkPasses(source: source)]
        case .authorize(let access, _, _): [.mayLogIn(access)]
        case .configure, .setPassfile, .setAlias, .dropSlot: []
        }
    }
}

/// A file that is written whole, as it was observed and as it shall be.
package struct ObservedFile: Sendable, Hashable {
    package var path: String
    /// Nil: it was missing.
    package var observed: String?
    package var content: String

    package init(path: String, observed: String?, content: String) {
        self.path = path
        self.observed = observed
        self.content = content
    }
}

/// The fixed alias is led to another node.
package struct AliasChange: Sendable, Hashable {
    package var alias: String
    package var source: NodeName
    /// Nil where it is right already.
    package var service: ObservedFile?
    package var ssh: ObservedFile?
    package var changes: [ValueChange]
    package var isNew: Bool

    package init(
        alias: String, source: NodeName, service: ObservedFile?, ssh: ObservedFile?, changes: [ValueChange], isNew: Bool
    ) {
        self.alias = alias
        self.source = source
        self.service = service
        self.ssh = ssh
        self.changes = changes
        self.isNew = isNew
    }
}

package struct ReceiverStart: Sendable, Hashable {
    package var source: NodeName
    /// The source still lists a receiver that runs nowhere any more: until `wal_sender_timeout` it would keep the slot from
    /// the new one, so it is ended.
    package var isGone: Bool
    /// A receiver that runs does not receive from this source: cron would leave it alone, and one whose source vanished off the
    /// network waits there for hours.
    package var mayRunElsewhere: Bool

    package init(from source: NodeName, isGone: Bool, mayRunElsewhere: Bool) {
        self.source = source
        self.isGone = isGone
        self.mayRunElsewhere = mayRunElsewhere
    }
}

/// One account that must be able to log in as another without a person: rsync and the copying of log need it.
package struct SSHAccess: Sendable, Hashable {
    package var from: HostName
    package var fromAccount: String
    package var to: HostName
    package var toAccount: String
    /// The name and port by which `from` reaches `to`.
    package var address: String
    package var port: Int?

    package init(
        from: HostName, fromAccount: String, to: HostName, toAccount: String, address: String, port: Int?
    ) {
        self.from = from
        self.fromAccount = fromAccount
        self.to = to
        self.toAccount = toAccount
        self.address = address
        self.port = port
    }

    /// Who logs in: `barman@backup`.
    package var login: String { "\(fromAccount)@\(from)" }
    /// As whom: `postgres@vm1`.
    package var account: String { "\(toAccount)@\(to)" }

    /// The name as known_hosts has it.
    package var knownName: String {
        guard let port, port != 22 else { return address }
        return "[\(address)]:\(port)"
    }
}

/// What can be asked about Barman.
package enum BarmanCondition: Sendable, Hashable {
    case hasSlot(String, on: NodeName)
    case receives(from: NodeName)
    case checkPasses(source: NodeName)
    case mayLogIn(SSHAccess)
}
