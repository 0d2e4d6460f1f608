package import ClusterModel
package import HostAccess

/// What pgregent asks a node about repmgr, and how it reads the answers.
package struct Observer: Sendable {
    private let node: NodeSpec
    private let configFile: String

    package init(node: NodeSpec, configFile: String) {
        self.node = node
        self.configFile = configFile
    }

    /// The questions to the host, as the account that owns the server.
    package var script: String {
        let program = ShellProgram(
            Scripts.observe,
            [
                "bin": node.postgresql.binDirectory, "repmgr_file": configFile,
                "section": HostRecord.repmgrd,
                "as_root": HostProbe.becomesRoot(node.ssh, as: node.postgresql.osUser),
            ], after: [RepmgrDaemon(node).find])
        return "\(program)\n"
    }

    package func hostFacts(_ answers: HostProbe.Answers) -> Observed.HostFacts {
        Observed.HostFacts(
            configuration: answers.text("rm.conf"),
            missingPrograms: answers.words("rm.absent"),
            daemonRuns: answers.isYes("rm.daemon"),
            isWritable: answers.words("rm.unwritable").isEmpty, daemonPausedByUs: answers.isYes("rm.paused"))
    }

    /// Fails where the extension is not installed: so it is asked last.
    package static let statement = """
        SELECT node_id, node_name, type, upstream_node_id, conninfo, priority, location, active, slot_name, config_file
          FROM repmgr.nodes ORDER BY node_id
        """

    /// Reads the answer; no answer from a server that answered the rest means that the extension is not there.
    package static func registry(_ result: SQLResult?) -> [Record] {
        result?.records.map { row in
            Record(
                id: row["node_id"].flatMap { Int($0) } ?? 0, name: row["node_name"] ?? "", type: row["type"] ?? "",
                upstream: row["upstream_node_id"].flatMap { Int($0) }, conninfo: row["conninfo"] ?? "",
                priority: row["priority"].flatMap { Int($0) } ?? 0, location: row["location"] ?? "",
                active: row["active"] == "t", slot: row["slot_name"], configurationFile: row["config_file"] ?? "")
        } ?? []
    }
}
