import Barman
import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems
import TestKit
import Testing

@Suite struct UnreadableFileTests {
    @Test(
        "a file that may not be read does not make a PgBouncer that runs pass for stopped: it is told, and not started again"
    )
    func told() {
        var scenario = Scenario.healthy(nodes: 3)
        let host = PoolerHost(name: "vm2", address: "vm2", ssh: SSHSpec(), isNode: true)
        let observer = PgBouncer.Observer(
            spec: PgBouncerSpec(), host: host, binDirectory: "/b", osUser: "postgres", nodeHosts: [])
        let answers = HostProbe.answers("probe.texts m pb.conf:! pb.auth:- pb.refused\nm\nno such socket\nm\n")
        scenario.snapshot.pgbouncer["vm2"] = .known(observer.observed(answers))
        let plan = scenario.plan
        #expect(plan.steps.isEmpty)
        let finding = plan.findings.first { $0.subject == "vm2" }
        #expect(finding?.code == .notReadable && finding?.severity == .incomplete)
        #expect(finding?.evidence == ["/etc/pgbouncer/pgbouncer.ini cannot be read by postgres"])
    }

    @Test("any other managed file that may not be read is told too: that all matches cannot be said")
    func others() {
        var scenario = Scenario.healthy(nodes: 3)
        if case .known(var pooler)? = scenario.snapshot.pgbouncer["vm2"] {
            pooler.authFileIsReadable = false
            scenario.snapshot.pgbouncer["vm2"] = .known(pooler)
        }
        if case .known(var host)? = scenario.snapshot.repmgr["vm3"]?.host {
            host.configuration = .unreadable
            scenario.snapshot.repmgr["vm3"]?.host = .known(host)
        }
        if case .known(var backup)? = scenario.snapshot.barman {
            backup.serviceFile = .unreadable
            scenario.snapshot.barman = .known(backup)
        }
        scenario.edit("vm1") { $0.hba = .unreadable }
        let findings = scenario.plan.findings.filter { $0.code == .notReadable && $0.severity == .incomplete }
        #expect(Set(findings.map(\.subject)) == ["vm1", "vm2", "vm3", "backup"])
        #expect(findings.contains { $0.evidence == ["/etc/repmgr.conf cannot be read by postgres"] })
        #expect(scenario.plan.steps.isEmpty)
    }
}
