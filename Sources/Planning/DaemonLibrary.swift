import ClusterModel
import HostAccess
import PostgreSQL
import Systems

/// repmgrd needs repmgr's library in its server (repmgr's manual, "repmgrd setup"): where it decides about failover, the
/// library joins those that a server loads already.
enum DaemonLibrary {
    private static let parameter = "shared_preload_libraries"
    private static let library = "repmgr"

    /// The file with the library among the parameters of every node that needs it. What the file declares itself stays.
    static func added(to spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> ClusterSpec {
        guard spec.failover.isRepmgrds else { return spec }
        var spec = spec
        for (index, node) in spec.nodes.enumerated() where declared(node) == nil {
            guard let value = needed(snapshot.host(node.name), snapshot.server(node.name)) else { continue }
            spec.nodes[index].postgresql.parameters.append(Setting(parameter, value))
        }
        return spec
    }

    /// Loaded, or it will be when the declared parameters are in force.
    static func isLoaded(_ node: NodeSpec, _ server: ServerFacts?) -> Bool {
        libraries(declared(node) ?? server?.parameters[parameter]?.value ?? "").contains(library)
    }

    private static func declared(_ node: NodeSpec) -> String? {
        node.postgresql.parameters.last { $0.name == parameter }?.value
    }

    /// Nil where it is loaded from elsewhere, or where nothing can be said.
    private static func needed(_ host: HostFacts?, _ server: ServerFacts?) -> String? {
        guard let file = host?.configuration, file.text != nil, let server else { return nil }
        let block = file.managedBlock.map { INIText($0.joined(separator: "\n")).settings(in: "") } ?? []
        let written = block.last { $0.name == parameter }.map { unquoted($0.value) }
        let loaded = libraries(server.parameters[parameter]?.value ?? "")
        if written == nil, loaded.contains(library) { return nil }
        let others = written.map { libraries($0) } ?? loaded
        return (others.filter { $0 != library } + [library]).joined(separator: ", ")
    }

    private static func libraries(_ list: String) -> [String] {
        list.split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
    }
}
