import ClusterModel
import HostAccess
import PostgreSQL
import Repmgr

/// How a standby whose receiver was stopped for a change of primary goes on towards whoever is the primary then: over the open
/// session, in a few milliseconds. repmgr, which would take a second for each, only has its record brought along.
struct Attachment {
    private let spec: ClusterSpec
    private let new: NodeSpec
    /// As repmgr writes it.
    private let conninfo: String

    /// - Parameter roles: once the node is the primary.
    init?(_ spec: ClusterSpec, to name: NodeName, roles: Roles) {
        guard let new = spec.node(name), let told = Repmgr.Desired(spec, roles: roles).node(name)?.conninfo else {
            return nil
        }
        self.spec = spec
        self.new = new
        conninfo = told
    }

    func step(for node: NodeSpec, cause: Step.Cause) -> Step {
        PostgreSQL.FailoverActions(node, database: spec.repmgr.database, mark: nil).attach(
            to: new, conninfo: Self.receiving(conninfo, as: node.name), slot: slot(of: node), cause: cause)
    }

    /// What a look would show of its settings afterwards.
    func point(_ server: inout ServerFacts, of node: NodeSpec) {
        server.parameters["primary_conninfo"]?.value = Quoting.conninfo([
            ("host", new.host), ("port", String(new.postgresql.port)),
        ])
        server.parameters["primary_slot_name"]?.value = slot(of: node) ?? ""
    }

    func slot(of node: NodeSpec) -> String? {
        spec.repmgr.useReplicationSlots ? "repmgr_slot_\(node.id)" : nil
    }

    /// repmgr's conninfo of a node, as a receiver uses it.
    static func receiving(_ conninfo: String, as name: NodeName) -> String {
        var parameters = Conninfo.parse(conninfo) ?? [:]
        parameters["dbname"] = nil
        parameters["application_name"] = name
        return Quoting.conninfo(parameters.sorted { $0.key < $1.key }.map { ($0, $1) })
    }
}
