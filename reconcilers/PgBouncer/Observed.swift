package import ClusterModel
package import HostAccess

/// What was seen of PgBouncer on one host.
package struct Observed: Sendable, Equatable {
    package var configuration: FileContent
    /// The secret that the auth file holds for each user.
    package var authEntries: [String: Secret]
    package var authFileIsReadable: Bool
    package var missingPrograms: [String]
    package var isRunning: Bool
    /// What the admin console says; unknown, with its words, when it does not let us in.
    package var console: Seen<Console>
    /// Files that can be neither replaced nor written.
    package var unwritable: [String]

    package init(
        configuration: FileContent, authEntries: [String: Secret], authFileIsReadable: Bool, missingPrograms: [String],
        isRunning: Bool, console: Seen<Console>, unwritable: [String] = []
    ) {
        self.configuration = configuration
        self.authEntries = authEntries
        self.authFileIsReadable = authFileIsReadable
        self.missingPrograms = missingPrograms
        self.isRunning = isRunning
        self.console = console
        self.unwritable = unwritable
    }
}

/// What a running PgBouncer uses, which may differ from its file.
package struct Console: Sendable, Equatable {
    package var version: String
    package var databases: [Database]
    package var settings: [String: String]
    /// Databases whose clients wait while no connection to a server is open or being opened: the whole PgBouncer is paused, which it
    /// shows in no other way before its version 1.19, or it cannot log in there.
    package var standing: [String]
    /// Clients' connections that lead to where the configuration does not any more.
    package var strays: [Stray]

    package init(
        version: String, databases: [Database], settings: [String: String], standing: [String] = [],
        strays: [Stray] = []
    ) {
        self.standing = standing
        self.strays = strays
        self.version = version
        self.databases = databases
        self.settings = settings
    }

    package struct Stray: Sendable, Hashable {
        /// Of a node, as declared.
        package var host: String
        package var database: String

        package init(host: String, database: String) {
            self.host = host
            self.database = database
        }
    }

    package struct Database: Sendable, Equatable {
        package var name: String
        package var host: String
        package var port: String
        package var database: String
        package var paused: Bool

        package init(name: String, host: String, port: String, database: String, paused: Bool) {
            self.name = name
            self.host = host
            self.port = port
            self.database = database
            self.paused = paused
        }
    }
}
