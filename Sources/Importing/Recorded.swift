package import ClusterModel
import HostAccess
package import Repmgr

/// What was read of one node: texts as they are on its host.
package struct NodeTexts: Sendable, Equatable {
    /// repmgr.conf: where it is, and what it says.
    package var configurationPath = ""
    package var configuration = ""
    /// The account that owns the data directory.
    package var owner: String?
    /// The directory of the running server's program.
    package var binDirectory: String?
    package var port: Int?
    /// The systemd unit that the server runs in.
    package var unit: String?
    package var daemonRuns = false
    package var pooler: PoolerTexts?
    package var server: ServerTexts?

    package init() {}

    /// A parameter of repmgr.conf.
    package func value(_ name: String) -> String? {
        INIText(configuration).value(of: name, in: "").map { unquoted($0) }
    }
}

/// PgBouncer beside a node.
package struct PoolerTexts: Sendable, Equatable {
    package var path = ""
    package var configuration = ""
    package var isRunning = false
    package var unit: String?
    /// The names of the auth file.
    package var users: [String] = []

    package init() {}
}

/// What a server says of itself.
package struct ServerTexts: Sendable, Equatable {
    package var inRecovery = false
    package var versionNumber = 0
    package var systemIdentifier: String?
    /// Values of pg_settings, in their own units.
    package var parameters: [String: String] = [:]
    /// Where its receiver is connected to.
    package var senderHost: String?
    package var senderPort: String?
    package var logins: Set<String> = []
    package var registry: [Record] = []

    package init() {}
}

/// What was read on the backup host.
package struct BarmanTexts: Sendable, Equatable {
    package struct File: Sendable, Equatable {
        package var path: String
        package var text: String

        package init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    package var files: [File] = []
    package var home = ""
    package var serviceFile = ""
    package var sshConfiguration = ""

    package init() {}
}

/// Everything that an import is made from.
package struct ClusterTexts: Sendable, Equatable {
    /// nil: told by what is found.
    package var name: String?
    package var ssh = SSHSpec()
    package var registry: [Record] = []
    /// By repmgr's node id; unknown with the reason why a node could not be visited.
    package var nodes: [Int: Seen<NodeTexts>] = [:]
    package var barman: Barman?

    package struct Barman: Sendable, Equatable {
        package var host: String
        package var sshUser: String
        /// nil: the only one that leads to a node.
        package var server: String?
        package var texts: Seen<BarmanTexts>

        package init(host: String, sshUser: String, server: String?, texts: Seen<BarmanTexts>) {
            self.host = host
            self.sshUser = sshUser
            self.server = server
            self.texts = texts
        }
    }

    package init() {}
}
