/// Something that is so, with its evidence. Saying it is kept apart from deciding what to do about it.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable {
        /// Worth knowing; nothing is held because of it.
        case notice
        /// Something declared could not be observed: the plan is incomplete.
        case incomplete
        /// Something is wrong, and what rests on it is held.
        case blocking
    }

    package var code: Code
    /// The node or host that it is about, or the cluster's name.
    package var subject: String
    package var evidence: [String]
    /// What a person can do; nil where the plan does it.
    package var remedy: String?
    package var severity: Severity

    package init(
        _ code: Code, _ subject: String, evidence: [String], remedy: String? = nil, severity: Severity = .notice
    ) {
        self.code = code
        self.subject = subject
        self.evidence = evidence
        self.remedy = remedy
        self.severity = severity
    }

    /// The names by which findings are known in JSON and in documentation.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        case hostUnreachable = "HOST_UNREACHABLE"
        case hostKeyRefused = "HOST_KEY_REFUSED"
        case accessDenied = "ACCESS_DENIED"
        case accountUnavailable = "ACCOUNT_UNAVAILABLE"
        case programMissing = "PROGRAM_MISSING"
        case notReadable = "NOT_READABLE"
        case notWritable = "NOT_WRITABLE"
        case recordNotWritable = "RECORD_NOT_WRITABLE"
        case recordUnknown = "RECORD_UNKNOWN"
        case secretMissing = "SECRET_MISSING"
        case sqlUnreachable = "SQL_UNREACHABLE"
        case loginRejected = "LOGIN_REJECTED"

        case noPrimary = "NO_PRIMARY"
        case primaryDead = "PRIMARY_DEAD"
        case primaryUnreachable = "PRIMARY_UNREACHABLE"
        case primaryStopped = "PRIMARY_STOPPED"
        case primarySilent = "PRIMARY_SILENT"
        case primaryRecovering = "PRIMARY_RECOVERING"
        case primaryRefusing = "PRIMARY_REFUSING"
        case primaryHanging = "PRIMARY_HANGING"
        case commitsWait = "COMMITS_WAIT"
        case nodeFenced = "NODE_FENCED"
        case twoPrimaries = "TWO_PRIMARIES"
        case foreignSystemIdentifier = "FOREIGN_SYSTEM_IDENTIFIER"
        case wrongVersion = "WRONG_VERSION"
        case dataDirectoryNotEmpty = "DATA_DIRECTORY_NOT_EMPTY"
        case wrongDataDirectory = "WRONG_DATA_DIRECTORY"
        case cloneUnfinished = "CLONE_UNFINISHED"
        case cloneRunning = "CLONE_RUNNING"
        case nodeStopped = "NODE_STOPPED"
        case standbyDetached = "STANDBY_DETACHED"
        case standbyWrongUpstream = "STANDBY_WRONG_UPSTREAM"
        case standbyDiverged = "STANDBY_DIVERGED"
        case standbyBeyondSlot = "STANDBY_BEYOND_SLOT"
        case replayPaused = "REPLAY_PAUSED"

        case parameterOverridden = "PARAMETER_OVERRIDDEN"
        case parameterUnknown = "PARAMETER_UNKNOWN"
        case configurationInvalid = "CONFIGURATION_INVALID"
        case restartPending = "RESTART_PENDING"
        case nodeUndeclared = "NODE_UNDECLARED"
        case metadataWrong = "METADATA_WRONG"
        case poolerDown = "POOLER_DOWN"
        case poolPaused = "POOL_PAUSED"
        case poolStands = "POOL_STANDS"
        case poolUserMissing = "POOL_USER_MISSING"
        case consoleRefused = "CONSOLE_REFUSED"
        case switchoverPending = "SWITCHOVER_PENDING"
        case switchoverRefused = "SWITCHOVER_REFUSED"
        case switchoverInterrupted = "SWITCHOVER_INTERRUPTED"
        case backupMissing = "BACKUP_MISSING"
        case backupUnhealthy = "BACKUP_UNHEALTHY"
        case notYetHandled = "NOT_YET_HANDLED"
    }
}
