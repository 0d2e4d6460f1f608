import ClusterConfig
import ClusterModel
import Importing
import Repmgr
import Testing

@Suite("cluster.yaml of a cluster that was built by hand")
struct DraftTests {
    private func decoded(_ texts: ClusterTexts) throws -> ClusterSpec {
        let decoded = ClusterConfig.decode(Array(Draft(texts).yaml.utf8), file: "import")
        #expect(decoded.problems.isEmpty, "\(decoded.problems)")
        return try #require(decoded.spec)
    }

    @Test("what is usual needs no saying")
    func plain() {
        #expect(
            Draft(RecordedCluster.three).yaml == """
                version: 1
                cluster: vm95
                system_identifier: "7711124690626125966"

                postgresql:
                  version: 15
                  # parameters: and hba: are yours to declare; what is not listed here is left as it is

                repmgr:
                  # password: {file: /etc/pgregent/repmgr.password}
                  settings:
                    promote_command: repmgr standby promote -f /etc/repmgr.conf

                nodes:
                  - name: vm1
                    id: 1
                    host: vm1
                  - name: vm2
                    id: 2
                    host: vm2
                    priority: 90
                  - name: vm3
                    id: 3
                    host: vm3
                    priority: 80

                pgbouncer:
                  hosts: [vm1, vm2, vm3]
                  users: [app]
                  settings:
                    pool_mode: transaction
                  databases:
                    - name: postgres_rw
                      target: rw
                      dbname: postgres
                    - name: postgres_ro
                      target: local
                      dbname: postgres

                """)
    }

    @Test("an unseen node comes from the registry alone, and says so on one line")
    func unseen() throws {
        var texts = RecordedCluster.three
        texts.nodes[3] = .unknown(reason: "no route\nnodes: []")
        #expect(Draft(texts).gaps.count == 1)
        #expect(
            Draft(texts).yaml.contains(
                "  # from repmgr's registry alone, it could not be visited: no route nodes: []\n  - name: vm3"))
        #expect(try decoded(texts).nodes.count == 3)
    }

    @Test("cascading, delay, own service commands and extras of conninfo are kept")
    func particular() throws {
        var texts = RecordedCluster.three
        var third = RecordedCluster.node(3)
        third.server?.senderHost = "vm2"
        third.server?.parameters["recovery_min_apply_delay"] = "3600000"
        third.configuration += "\nservice_start_command='sudo systemctl start postgresql@15-main'\nlog_level=DEBUG"
        texts.nodes[3] = .known(third)
        texts.registry[0] = RecordedCluster.record(
            1, conninfo: "host=vm1 user=repmgr dbname=repmgr sslmode=require password=geheim")
        texts.registry[1] = RecordedCluster.record(2, conninfo: "host=vm2 user=repmgr dbname=repmgr sslmode=require")
        texts.registry[2] = RecordedCluster.record(
            3, conninfo: "host=vm3 user=repmgr dbname=repmgr sslmode=require keepalives_idle=5")
        let spec = try decoded(texts)
        #expect(spec.nodes[2].upstream == "vm2")
        #expect(spec.nodes[2].delay == .seconds(3600))
        #expect(spec.repmgr.conninfo == [Setting("sslmode", "require")])
        #expect(spec.nodes[2].conninfo.contains(Setting("keepalives_idle", "5")))
        guard case .commands(let start, _, _, _) = spec.nodes[2].postgresql.service else {
            Issue.record("no commands"); return
        }
        #expect(start == "sudo systemctl start postgresql@15-main")
        #expect(!Draft(texts).yaml.contains("geheim"))
        #expect(
            Draft(texts).yaml.contains(
                "# log_level is not the same everywhere and left as it is (vm1: -, vm2: -, vm3: DEBUG)"))
    }

    @Test("pools: standbys are ro, all are any; what is elsewhere, or holds a password, stays out")
    func pools() throws {
        var texts = RecordedCluster.three
        let lines = """
            reads = host=vm3,vm2 dbname=app pool_size=40
            every = host=vm1,vm2,vm3
            other = host=10.0.0.1
            told = host=vm1 password=geheim
            * = host=vm1
            """
        for id in 1...3 {
            var node = RecordedCluster.node(id)
            node.pooler = RecordedCluster.pooler(id, databases: lines)
            texts.nodes[id] = .known(node)
        }
        let databases = try #require(try decoded(texts).pgbouncer?.databases)
        #expect(databases.map(\.name) == ["postgres_rw", "postgres_ro", "reads", "every"])
        #expect(databases.map(\.target) == [.rw, .local, .ro, .any])
        #expect(databases[2].options == [Setting("pool_size", "40")])
        #expect(!Draft(texts).yaml.contains("geheim"))
    }

    @Test("Barman's section: its alias, its roles, and only the server that leads here")
    func barman() throws {
        var texts = RecordedCluster.three
        var seen = BarmanTexts()
        seen.home = "/var/lib/barman"
        seen.serviceFile = "[vmp]\nhost=vm1\nport=5432\nuser=saver\npassword=geheim\ndbname=postgres\n"
        let section = """
            conninfo = service=vmp
            streaming_conninfo = service=vmp user=streaming_barman dbname=
            backup_method = postgres
            streaming_archiver = on
            """
        seen.files = [
            .init(path: "/etc/barman.conf", text: "[barman]\nbarman_home = /var/lib/barman\n"),
            .init(path: "/etc/barman.d/far.conf", text: "[far]\nconninfo = host=elsewhere user=barman\n"),
            .init(path: "/etc/barman.d/vm95.conf", text: "[vm95]\n\(section)\n"),
        ]
        texts.barman = .init(host: "backup", sshUser: "barman", server: nil, texts: .known(seen))
        let barman = try #require(try decoded(texts).barman)
        #expect(barman.server == "vm95" && barman.alias == "vmp" && barman.user == "saver" && barman.follow == .primary)
        #expect(barman.settings == [Setting("backup_method", "postgres"), Setting("streaming_archiver", "on")])
        #expect(!Draft(texts).yaml.contains("geheim"))
    }
}
