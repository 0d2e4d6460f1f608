package import ClusterModel
package import HostAccess

/// What was seen of repmgr on one node.
package struct Observed: Sendable, Equatable {
    package var host: Seen<HostFacts>
    /// `repmgr.nodes` as this node's server has it; empty without the extension.
    package var registry: Seen<[Record]>

    package init(host: Seen<HostFacts>, registry: Seen<[Record]>) {
        self.host = host
        self.registry = registry
    }

    package struct HostFacts: Sendable, Equatable {
        package var configuration: FileContent
        package var missingPrograms: [String]
        package var daemonRuns: Bool
        /// An earlier run paused repmgrd, and has not let it go on.
        package var daemonPausedByUs: Bool
        /// repmgr.conf may be written, or made, by the account at hand.
        package var isWritable: Bool

        package init(
            configuration: FileContent, missingPrograms: [String], daemonRuns: Bool, isWritable: Bool,
            daemonPausedByUs: Bool = false
        ) {
            self.daemonPausedByUs = daemonPausedByUs
            self.configuration = configuration
            self.missingPrograms = missingPrograms
            self.daemonRuns = daemonRuns
            self.isWritable = isWritable
        }
    }
}

/// One row of repmgr.nodes.
package struct Record: Sendable, Equatable {
    package var id: Int
    package var name: String
    /// `primary`, `standby` or `witness`.
    package var type: String
    package var upstream: Int?
    package var conninfo: String
    package var priority: Int
    package var location: String
    package var active: Bool
    package var slot: String?
    package var configurationFile: String

    package init(
        id: Int, name: String, type: String, upstream: Int?, conninfo: String, priority: Int, location: String,
        active: Bool, slot: String?, configurationFile: String
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.upstream = upstream
        self.conninfo = conninfo
        self.priority = priority
        self.location = location
        self.active = active
        self.slot = slot
        self.configurationFile = configurationFile
    }
}
