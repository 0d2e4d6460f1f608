import ClusterModel
import HostAccess
import Planning
import TestKit
import Testing

@testable import PgBouncer

@Suite struct AuthEntriesTests {
    @Test("users and secrets are read with their doubled quotes, everything else is passed over")
    func entries() {
        let text =
            "; comment\n\"app\" \"SCRAM-SHA-256$x\"\n\"o\"\"dd name\"   \"se\"\"cret\"  trailing\n\"alone\"\nbare \"x\"\n\"app\" \"later\"\n"
        let entries = Observer.authEntries(text)
        #expect(entries.mapValues(\.exposed) == ["app": "later", "o\"dd name": "se\"cret"])
    }
}

@Suite struct PoolConfigurationTests {
    private func configuration(_ options: [Setting] = [], name: String = "postgres_rw", of content: FileContent)
        -> Configuration
    {
        var spec = PgBouncerSpec()
        var database = PoolDatabase(name: name, target: .rw)
        database.options = options
        spec.databases = [database]
        spec.hosts = [PoolerHost(name: "vm1", address: "vm1", ssh: SSHSpec(), isNode: true)]
        let backend = Desired.Backend(node: "vm1", host: "vm1", port: 5432)
        let routes = Desired.Routes(primary: backend, streaming: [], local: [:], secrets: nil, secretsNode: nil)
        let desired = Desired(spec, cluster: Declared.cluster(nodes: 3), routes: routes)
        return Configuration(desired: desired, pooler: desired.poolers[0], content: content)
    }

    @Test(
        "what is written is then as it should be, whatever an option or a name holds",
        arguments: ["a b", "it's", "a=b", "x\\y", "", "SELECT 'a''b'"])
    func settles(_ value: String) {
        for name in ["postgres_rw", "odd name", "o\"dd"] {
            let options = [Setting("connect_query", value)]
            let text = configuration(options, name: name, of: .missing).applied
            let again = configuration(options, name: name, of: .content(text))
            #expect(again.changes == [] && again.applied == text)
        }
    }

    @Test("foreign sections, comments and other databases stay")
    func foreign() {
        let own =
            "; mine\n[databases]\nother = host=x\n\n[users]\napp = pool_mode=session\n\n[pgbouncer]\nlogfile = /l\n"
        let text = configuration(of: .content(own)).applied
        for line in own.split(separator: "\n") { #expect(text.contains(line)) }
    }
}

@Suite struct StaleProcessTests {
    @Test("a setting that is right in the file and not in the process is read again")
    func setting() {
        var scenario = Scenario.healthy(nodes: 1)
        scenario.forgetSetting("pool_mode", on: "vm1", from: "session")
        #expect(scenario.plan.steps.map(\.id.description) == ["pgbouncer.reload.vm1"])
    }
}
