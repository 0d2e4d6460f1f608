import ClusterModel
import PostgreSQL
import Repmgr
import Systems
import TestKit
import Testing

/// repmgr's registry reaches a standby with the log.
@Suite struct RegistryEffectTests {
    @Test("a standby learns of a registration when its stream goes on, and not before")
    func registration() throws {
        var cluster = Scenario.healthy(nodes: 3)
        cluster.disconnect("vm3")
        cluster.editServer("vm3") { $0.parameters["primary_conninfo"] = Parameter(value: "") }
        let unregister = Step(.repmgr(.unregister(.standby, primary: "vm1")), on: "vm2", cause: .config)
        cluster.apply(unregister)
        #expect(names(cluster, "vm1") == ["vm1", "vm3"])
        #expect(names(cluster, "vm3") == ["vm1", "vm2", "vm3"])
        cluster.apply(Step(.postgresql(.follow("vm1", .switchover)), on: "vm3", cause: .repair))
        #expect(names(cluster, "vm3") == ["vm1", "vm3"])
    }

    private func names(_ cluster: Scenario, _ node: NodeName) -> [String]? {
        cluster.snapshot.repmgr[node]?.registry.value?.map(\.name)
    }
}
