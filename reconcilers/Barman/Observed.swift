import ClusterModel
package import HostAccess

/// What was seen of Barman on the backup host.
package struct Observed: Sendable, Equatable {
    package var missingPrograms: [String]
    /// The server's own configuration file.
    package var configuration: FileContent
    package var serviceFile: FileContent
    package var sshConfiguration: FileContent
    /// The passfile has the entries that the file asks for; nil: a declared password cannot be had.
    package var passfileFits: Bool?
    package var hasPassfile: Bool
    /// A segment of write-ahead log has arrived.
    package var hasArchive: Bool
    /// `barman check`, line by line; nil: not asked in this observation.
    package var check: Check?
    package var unwritable: [String]

    /// pg_receivewal of this server runs here, as `barman receive-wal` starts it. A primary may list a receiver for a minute after it is gone.
    package var receiverRuns: Bool
    /// Nil: not asked, since the file does not recover from them.
    package var backups: Backups?

    package struct Check: Sendable, Equatable {
        package var passed: Bool
        /// `replication slot: slot "barman" not found`, as Barman words it.
        package var failed: [String]

        package init(passed: Bool, failed: [String]) {
            self.passed = passed
            self.failed = failed
        }
    }

    package init(
        missingPrograms: [String], configuration: FileContent, serviceFile: FileContent, sshConfiguration: FileContent,
        passfileFits: Bool?, hasPassfile: Bool, hasArchive: Bool, check: Check? = nil, unwritable: [String] = [],
        receiverRuns: Bool = true, backups: Backups? = nil
    ) {
        self.backups = backups
        self.receiverRuns = receiverRuns
        self.missingPrograms = missingPrograms
        self.configuration = configuration
        self.serviceFile = serviceFile
        self.sshConfiguration = sshConfiguration
        self.passfileFits = passfileFits
        self.hasPassfile = hasPassfile
        self.hasArchive = hasArchive
        self.check = check
        self.unwritable = unwritable
    }
}
