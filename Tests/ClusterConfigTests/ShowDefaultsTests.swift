import ClusterModel
import JSONText
import Testing
import YAML

@testable import ClusterConfig

@Suite struct ShowDefaultsTests {
    @Test("the shown file decodes to the same spec", arguments: Files.corpus("good"))
    func roundTrip(path: String) throws {
        try roundTrip(text: Files.corpusText(path))
    }

    @Test("cluster.yaml.example, shown, decodes to the same spec")
    func example() throws {
        try roundTrip(text: Files.top("cluster.yaml.example"))
    }

    private func roundTrip(text: String) throws {
        let spec = try #require(ClusterConfig.decode(text, file: "cluster.yaml").spec)
        let shown = ClusterConfig.showDefaults(spec)
        let again = ClusterConfig.decode(shown, file: "shown.yaml")
        #expect(again.problems.filter { $0.severity == .error }.map(\.description) == [])
        #expect(again.spec == spec)
        #expect(again.spec.map { ClusterConfig.showDefaults($0) } == shown)
    }

    @Test("hostile names survive being written")
    func hostile() throws {
        for name in [
            "'", "\"", "\\", "$(reboot)", " a ", "#x", "a: b", "on", "null", "1", "- a", "é🐘", "{a}", "%x", "@x", "`x`",
            "&a",
        ] {
            var spec = try #require(ClusterConfig.decode(Files.corpusText("good/minimal.yaml"), file: "").spec)
            spec.cluster = name
            spec.nodes[0].name = name
            spec.postgresql.parameters = [Setting("a.b", name)]
            spec.nodes[0].postgresql.parameters = spec.postgresql.parameters
            #expect(ClusterConfig.decode(ClusterConfig.showDefaults(spec), file: "").spec == spec, "\(name)")
        }
    }

    @Test("a default of the table is the default of the decoder")
    func defaults() throws {
        let text = try Files.corpusText("good/minimal.yaml") + "pgbouncer: {}\nbarman: {host: b}\n"
        let spec = try #require(ClusterConfig.decode(text, file: "").spec)
        let shown = try #require(Document(parsing: Array(ClusterConfig.showDefaults(spec).utf8)).root)
        for (path, preset) in presets(Keys.file.outline, at: []) {
            var place: Node? = shown
            for key in path { place = place?.value(of: key) }
            guard case .scalar(let scalar) = place?.content else {
                Issue.record("\(path) is not shown")
                continue
            }
            let expected = if case .string(let text) = preset { text } else { preset.text() }
            #expect(scalar.text == expected, "\(path)")
        }
    }

    private func presets(_ outline: Outline, at path: [String]) -> [([String], JSON)] {
        outline.keys.flatMap { key -> [([String], JSON)] in
            let here = key.preset?.json.map { [(path + [key.name], $0)] } ?? []
            // What every node has is nothing that the file has once.
            return key.name == "nodes" ? here : here + presets(key.value, at: path + [key.name])
        }
    }

    @Test("the smallest file, with everything filled in")
    func smallest() throws {
        let spec = try #require(ClusterConfig.decode(Files.corpusText("good/minimal.yaml"), file: "").spec)
        #expect(
            ClusterConfig.showDefaults(spec) == """
                version: 1
                cluster: vm95
                ssh:
                  user: postgres
                  sudo: false
                  connect_timeout: 5s
                postgresql:
                  version: 15
                  os_user: postgres
                  port: 5432
                  data_directory: /var/lib/postgresql/15/main
                  config_directory: /etc/postgresql/15/main
                  bin_directory: /usr/lib/postgresql/15/bin
                  service: pg_ctlcluster
                  parameters: {}
                  hba: []
                  record_directory: "~/.pgregent/vm95"
                repmgr:
                  user: repmgr
                  database: repmgr
                  conninfo: {}
                  config_file: /etc/repmgr.conf
                  use_replication_slots: true
                  settings: {}
                nodes:
                  - name: vm1
                    id: 1
                    host: vm1
                    priority: 100
                    location: default
                    kind: data
                    synchronous: true
                    maintenance: false
                    ensure: present
                bootstrap:
                  from: none
                preferred_primary: none
                switchover:
                  mode: manual
                  pause_timeout: 5s
                  maximum_lag: 16MB
                failover:
                  mode: manual
                  owner: pgregent
                  reconnect_attempts: 3
                  reconnect_interval: 1s
                  response_timeout: 2s
                  maximum_lag: 16MB
                  fence: required
                  fence_command: null
                  rejoin: rewind
                  guard: false
                  minimum_interval: 5min
                durability:
                  mode: asynchronous
                  standbys: 1
                  strict: true
                reconcile:
                  interval: 2s
                  command_timeout: 30s
                  clone_timeout: 1d

                """)
    }
}
