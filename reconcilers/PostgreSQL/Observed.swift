package import ClusterModel
package import HostAccess

/// What was seen of one node's PostgreSQL.
package struct Observed: Sendable, Equatable {
    /// What the host shows, over SSH.
    package var host: Seen<HostFacts>
    /// What the server says: over libpq, or failing that through psql on its host.
    package var server: Seen<ServerFacts>
    /// Whether libpq got through as pgregent's own role: what other nodes and tools need.
    package var login: Login

    package init(host: Seen<HostFacts>, server: Seen<ServerFacts>, login: Login) {
        self.host = host
        self.server = server
        self.login = login
    }

    package enum Login: Sendable, Equatable {
        case accepted
        case failed(SQLFailure.Kind, message: String)

        package var isAccepted: Bool { self == .accepted }
    }
}

/// The files and processes of one node.
package struct HostFacts: Sendable, Equatable {
    package enum DataDirectory: Sendable, Equatable {
        case missing
        case empty
        /// A database cluster, with what pg_controldata says of it; nil while a copy is not complete.
        case cluster(ControlData?)
        /// Not a cluster, and not empty.
        case other(entries: Int)
        case unreadable
    }

    package var dataDirectory: DataDirectory
    package var hasStandbySignal: Bool
    package var postmasterRuns: Bool
    /// What pgregent has to remember about the node; empty where another version wrote it.
    package var record = HostRecord()
    /// There is a record, whatever it says.
    package var hasRecord = false
    package var recordProblem: RecordProblem?
    /// Where the data is; nil: not known.
    package var freeBytes: UInt64?
    /// The endings of files beside the data directory in which an earlier version remembered such things.
    package var oldRecords: [String] = []
    /// The guard's program, where there is one.
    package var watchdogScript = FileContent.missing
    package var watchdogRuns = false
    /// The process that the record names is still at work.
    package var workRuns: Bool
    package var missingPrograms: [String]
    package var configuration: FileContent
    package var hba: FileContent
    /// postgresql.conf and start.conf are where the service looks for them.
    package var hasConfiguration: Bool
    /// The passfile of the account has the entries that the file asks for; nil: the declared password cannot be had.
    package var passfileFits: Bool?
    package var hasPassfile: Bool
    /// The account may write where the data and configuration directories are or would be made.
    package var unwritable: [String]

    package init(
        dataDirectory: DataDirectory, hasStandbySignal: Bool = false, postmasterRuns: Bool = false,
        workRuns: Bool = false,
        missingPrograms: [String] = [], configuration: FileContent,
        hba: FileContent, hasConfiguration: Bool, passfileFits: Bool? = nil, hasPassfile: Bool = false,
        unwritable: [String] = []
    ) {
        self.dataDirectory = dataDirectory
        self.hasStandbySignal = hasStandbySignal
        self.postmasterRuns = postmasterRuns
        self.workRuns = workRuns
        self.missingPrograms = missingPrograms
        self.configuration = configuration
        self.hba = hba
        self.hasConfiguration = hasConfiguration
        self.passfileFits = passfileFits
        self.hasPassfile = hasPassfile
        self.unwritable = unwritable
    }
}

extension ServerFacts {
    /// Its receiver is stopped, and will not start again by itself.
    package var receivesNothing: Bool { receiver == nil && parameters["primary_conninfo"]?.value == "" }
    /// A standby whose receiver was stopped: what it still has of a stream ends when all that was received is replayed.
    package var pointsNowhere: Bool { inRecovery && parameters["primary_conninfo"]?.value == "" }
    /// A standby that was told where to receive from, whether it gets a stream there or not.
    package var hasUpstream: Bool { inRecovery && parameters["primary_conninfo"].map { $0.value != "" } ?? false }
}

extension HostFacts {
    /// A setting that is written anew needs a file of its own for a moment.
    private static let leastRoom: UInt64 = 64 << 10

    /// No setting can be changed there, and no server can be promoted.
    package var diskIsFull: Bool { freeBytes.map { $0 < Self.leastRoom } ?? false }
}

/// What keeps a node's record from being used.
package enum RecordProblem: Sendable, Equatable {
    /// Another version of pgregent wrote it.
    case unknownVersion(path: String)
    /// The account may not write in this directory.
    case unwritable(directory: String)
}

/// What the record says.
extension HostFacts {
    /// What somebody makes here, or has left unfinished.
    package var unfinishedWork: UnfinishedWork? {
        get { record.work }
        set { record.work = newValue }
    }
    /// Why its server, a primary, was stopped by pgregent or its watchdog.
    package var recordedStop: RecordedStop? {
        get { record.stop }
        set { record.stop = newValue }
    }
    /// A switchover between two other nodes is under way, or was when this was last written.
    package var recordedSwitchover: Switchover? {
        get { record.switchover }
        set { record.switchover = newValue }
    }
    package var recordedFailover: RecordedFailover? {
        get { record.failover }
        set { record.failover = newValue }
    }
    /// How long ago it was started again after a crash, since nobody could take over.
    package var startedAgain: Duration? {
        get { record.startedAgain }
        set { record.startedAgain = newValue }
    }
    /// It was replaced as primary, and is kept down until it has been rejoined.
    package var isFenced: Bool {
        get { record.isFenced }
        set { record.isFenced = newValue }
    }
}

extension HostFacts {
    /// Nothing is being made here, and the record says that something was.
    package var onceHeldDatabase: Bool { hasRecord && unfinishedWork == nil }

    /// Nothing is here that anyone could miss: no directory, an empty one, or pgregent's own unfinished copy, which nobody is
    /// at work on.
    package var holdsNoDatabase: Bool {
        switch dataDirectory {
        case .missing, .empty: !workRuns
        case .cluster(let control): isUnfinished && !(isCreation && control.map { $0.state != "shut down" } ?? false)
        case .other: isUnfinished
        case .unreadable: false
        }
    }

    private var isUnfinished: Bool { unfinishedWork != nil && !workRuns && (!postmasterRuns || isRecovery) }
    /// A recovery from a backup: a server that runs in it is its own, and nobody could ever connect to it.
    private var isRecovery: Bool { unfinishedWork?.kind == .recovery }
    /// A new cluster that was started once is somebody's, recorded or not: initdb leaves it shut down.
    private var isCreation: Bool { unfinishedWork?.kind == .creation }

    /// What pg_controldata says; nil without a complete cluster.
    package var controlData: ControlData? {
        if case .cluster(let control) = dataDirectory { control } else { nil }
    }
}

/// pg_controldata's words.
package struct ControlData: Sendable, Equatable {
    package var systemIdentifier: String
    package var state: String
    /// The last checkpoint's, or that of the log beside it where this is newer.
    package var timeline: Timeline
    package var checkpoint: LSN

    package init(systemIdentifier: String, state: String, timeline: Timeline, checkpoint: LSN) {
        self.systemIdentifier = systemIdentifier
        self.state = state
        self.timeline = timeline
        self.checkpoint = checkpoint
    }
}

/// What a running server says of itself.
package struct ServerFacts: Sendable, Equatable {
    package var inRecovery: Bool
    package var systemIdentifier: String
    package var versionNumber: Int
    package var timeline: Timeline
    /// The end of its log: written on a primary, received (or replayed, if further) on a standby.
    package var lsn: LSN?
    package var replayLSN: LSN?
    package var replayPaused: Bool
    package var receiver: Receiver?
    package var senders: [Sender]
    package var slots: [Slot]
    package var parameters: [String: Parameter]
    package var roles: [String: Role]
    package var databases: [String]
    /// Functions that Barman's role may run in the database it connects to; nil: not asked or not known.
    package var backupGrants: Set<String>?
    /// `line 12: …` for each line of pg_hba.conf that PostgreSQL would not take.
    package var hbaErrors: [String]
    /// Segments of its log that wait for archive_command; nil: it archives nothing now.
    package var archiveBacklog: Int?
    /// Where the timelines that this one comes from were left; a primary's only.
    package var forks: [Timeline: LSN] = [:]
    /// How long a commit has been waiting for the disk, and how far the log is on it; nil: none waits.
    package var flushing: Flushing?
    /// Commits that wait for a standby to confirm them; nil: it takes no writes.
    package var unconfirmed: Unconfirmed?
    /// It was asked again, and its log had not moved: it connects, and cannot write.
    package var storageHangs = false
    /// All databases together; nil: not asked, since that reads every file's size.
    package var sizeInBytes: UInt64?

    package init(
        inRecovery: Bool, systemIdentifier: String, versionNumber: Int, timeline: Timeline, lsn: LSN? = nil,
        replayLSN: LSN? = nil, replayPaused: Bool = false, receiver: Receiver? = nil, senders: [Sender] = [],
        slots: [Slot] = [], parameters: [String: Parameter] = [:], roles: [String: Role] = [:],
        databases: [String] = [], backupGrants: Set<String>? = nil, hbaErrors: [String] = [], sizeInBytes: UInt64? = nil
    ) {
        self.inRecovery = inRecovery
        self.systemIdentifier = systemIdentifier
        self.versionNumber = versionNumber
        self.timeline = timeline
        self.lsn = lsn
        self.replayLSN = replayLSN
        self.replayPaused = replayPaused
        self.receiver = receiver
        self.senders = senders
        self.slots = slots
        self.parameters = parameters
        self.roles = roles
        self.databases = databases
        self.backupGrants = backupGrants
        self.hbaErrors = hbaErrors
        self.sizeInBytes = sizeInBytes
    }

    package struct Unconfirmed: Sendable, Equatable {
        package var commits: Int
        /// How long the first of them has been waiting.
        package var seconds: Int

        package init(commits: Int, seconds: Int) {
            self.commits = commits
            self.seconds = seconds
        }

        /// No confirmation takes that long.
        private static let long = 2

        package var isLong: Bool { commits > 0 && seconds >= Self.long }
    }

    package struct Flushing: Sendable, Equatable {
        package var seconds: Int
        package var flushed: LSN

        package init(seconds: Int, flushed: LSN) {
            self.seconds = seconds
            self.flushed = flushed
        }
    }

    package struct Receiver: Sendable, Equatable {
        package var status: String
        package var host: String
        package var port: String
        package var slot: String?

        package init(status: String, host: String, port: String, slot: String?) {
            self.status = status
            self.host = host
            self.port = port
            self.slot = slot
        }
    }

    package struct Sender: Sendable, Equatable {
        package var applicationName: String
        package var user: String
        package var state: String
        package var syncState: String
        package var sentLSN: LSN?
        package var replayLSN: LSN?
        package var slot: String?

        package init(
            applicationName: String, user: String, state: String, syncState: String, sentLSN: LSN?, replayLSN: LSN?,
            slot: String?
        ) {
            self.applicationName = applicationName
            self.user = user
            self.state = state
            self.syncState = syncState
            self.sentLSN = sentLSN
            self.replayLSN = replayLSN
            self.slot = slot
        }
    }

    package struct Slot: Sendable, Equatable {
        package var name: String
        package var isPhysical: Bool
        package var active: Bool
        /// `reserved`, `extended`, `unreserved`, `lost`; nil before it is used.
        package var walStatus: String?

        package init(name: String, isPhysical: Bool, active: Bool, walStatus: String?) {
            self.name = name
            self.isPhysical = isPhysical
            self.active = active
            self.walStatus = walStatus
        }
    }

    package struct Role: Sendable, Equatable {
        package var isSuperuser: Bool
        package var mayReplicate: Bool
        package var mayLogIn: Bool
        /// Nil: no password, or not to be seen.
        package var storedSecret: Secret?
        /// Whether the declared password fits; nil: none declared, or the stored form cannot be checked.
        package var passwordFits: Bool?
        package var memberOf: Set<String>

        package init(
            isSuperuser: Bool = false, mayReplicate: Bool = false, mayLogIn: Bool = true, storedSecret: Secret? = nil,
            passwordFits: Bool? = nil, memberOf: Set<String> = []
        ) {
            self.isSuperuser = isSuperuser
            self.mayReplicate = mayReplicate
            self.mayLogIn = mayLogIn
            self.storedSecret = storedSecret
            self.passwordFits = passwordFits
            self.memberOf = memberOf
        }
    }
}

/// One row of pg_settings.
package struct Parameter: Sendable, Equatable {
    package var value: String
    package var unit: String?
    package var type: String
    package var context: String
    package var source: String
    package var sourceFile: String?
    package var sourceLine: String?
    package var pendingRestart: Bool

    package init(
        value: String, unit: String? = nil, type: String = "string", context: String = "sighup",
        source: String = "configuration file", sourceFile: String? = nil, sourceLine: String? = nil,
        pendingRestart: Bool = false
    ) {
        self.value = value
        self.unit = unit
        self.type = type
        self.context = context
        self.source = source
        self.sourceFile = sourceFile
        self.sourceLine = sourceLine
        self.pendingRestart = pendingRestart
    }
}
