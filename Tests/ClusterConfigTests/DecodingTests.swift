import ClusterModel
import Testing

@testable import ClusterConfig

@Suite struct DecodingTests {
    private func spec(_ path: String) throws -> ClusterSpec {
        let decoded = ClusterConfig.decode(try Files.corpusText(path), file: path)
        #expect(decoded.problems.filter { $0.severity == .error }.map(\.description) == [])
        return try #require(decoded.spec)
    }

    @Test("the smallest file has the model's defaults")
    func smallest() throws {
        var expected = ClusterSpec(cluster: "vm95", nodes: [NodeSpec(name: "vm1", id: 1, host: "vm1")])
        expected.systemIdentifier = nil
        expected.postgresql.recordDirectory = "~/.pgregent/vm95"
        expected.nodes[0].postgresql.recordDirectory = "~/.pgregent/vm95"
        #expect(try spec("good/minimal.yaml") == expected)
    }

    @Test("what a key says arrives")
    func full() throws {
        let spec = try spec("good/full.yaml")
        #expect(spec.systemIdentifier == "7268616322812345678")
        #expect(spec.ssh.port == 2222)
        #expect(spec.ssh.identityFile == "~/.ssh/id_ed25519")
        #expect(spec.ssh.connectTimeout == .milliseconds(1500))
        #expect(
            spec.postgresql.parameters == [
                Setting("wal_log_hints", "on"), Setting("max_wal_senders", "20"), Setting("fsync", "true"),
                Setting("archive_command", "cp %p\t'/a b/%f'"), Setting("TimeZone", ""),
            ])
        #expect(spec.postgresql.hba == ["host\tall all 10.0.0.0/8 scram-sha-256", "local all all peer"])
        #expect(spec.repmgr.password == .file("~/repmgr.password"))
        #expect(spec.bootstrap == .barman(backup: "20240101T120000", targetTime: "2024-01-01 12:00:00+00"))
        #expect(spec.preferredPrimary == .node("vm3"))
        #expect(spec.failover.maximumLag == ByteSize(bytes: 0))
        #expect(spec.failover.fenceCommand == "ipmi off {node} {host}")
        #expect(spec.pgbouncer?.service == .systemd(unit: "pgbouncer@1"))
        #expect(spec.pgbouncer?.databases.map(\.target) == [.rw, .ro, .any])
        #expect(spec.barman?.password == .environment("BARMAN_PASSWORD"))
        #expect(spec.reconcile.cloneTimeout == .seconds(2 * 86_400))
    }

    @Test("YAML's octal numbers reach PostgreSQL as numbers that it reads; what is its own octal stays as written")
    func octal() throws {
        let text = try Files.corpusText("good/minimal.yaml")
        let settings = "postgresql: {parameters: {log_file_mode: 0o640, unix_socket_permissions: 0777}}\n"
        let spec = try #require(ClusterConfig.decode(text + settings, file: "octal.yaml").spec)
        #expect(
            spec.postgresql.parameters == [Setting("log_file_mode", "416"), Setting("unix_socket_permissions", "0777")])
    }

    @Test("a node's keys stand over the cluster's, key by key")
    func overrides() throws {
        let spec = try spec("good/full.yaml")
        #expect(
            spec.nodes[0].conninfo == [
                Setting("sslmode", "disable"), Setting("connect_timeout", "2"), Setting("keepalives", "1"),
            ])
        #expect(spec.nodes[1].conninfo == spec.repmgr.conninfo)
        #expect(spec.nodes[0].ssh.user == "a")
        #expect(spec.nodes[1].ssh == spec.ssh)
        let parameters = spec.nodes[0].postgresql.parameters
        #expect(
            parameters.map(\.name) == [
                "wal_log_hints", "max_wal_senders", "fsync", "archive_command", "TimeZone", "work_mem",
            ])
        #expect(parameters[1].value == "10")
        #expect(spec.nodes[0].postgresql.hba == [])
        #expect(spec.nodes[1].delay == .seconds(3600))
    }

    @Test("directories follow the version unless they are given")
    func directories() throws {
        let spec = try spec("good/merged.yaml")
        #expect(spec.postgresql.dataDirectory == "/var/lib/postgresql/16/main")
        #expect(spec.nodes[2].postgresql.version == 15)
        #expect(spec.nodes[2].postgresql.dataDirectory == "/var/lib/postgresql/15/main")
        #expect(spec.nodes[2].postgresql.binDirectory == "/usr/lib/postgresql/15/bin")
    }

    @Test("PgBouncer runs on every data node unless told otherwise, and reaches its hosts as the nodes are reached")
    func poolerHosts() throws {
        let merged = try spec("good/merged.yaml")
        #expect(merged.pgbouncer?.hosts.map(\.name) == ["vm1", "vm2", "vm3"])
        #expect(merged.pgbouncer?.hosts.map(\.ssh.user) == ["root", "root", "root"])
        let full = try spec("good/full.yaml")
        #expect(full.pgbouncer?.hosts.map(\.isNode) == [true, false])
        #expect(full.pgbouncer?.hosts.map(\.address) == ["10.0.0.1", "p1.example"])
        #expect(full.pgbouncer?.hosts[1].ssh.port == 2223)
        #expect(full.pgbouncer?.hosts[1].ssh.user == "bouncer")
    }

    @Test("Barman's account is its own, its names follow the cluster, and its host is told apart from a node")
    func barman() throws {
        let merged = try spec("good/merged.yaml")
        #expect(merged.barman?.ssh.user == "barman")
        #expect(merged.barman?.hostName == "barman@vm1")
        #expect(merged.barman?.alias == "s")
        let text = try Files.corpusText("good/minimal.yaml") + "ssh: {user: root, port: 23}\nbarman: {host: b}\n"
        let barman = try #require(ClusterConfig.decode(text, file: "").spec?.barman)
        #expect(barman.server == "vm95")
        #expect(barman.alias == "vm95")
        #expect(barman.hostName == "b")
        #expect(barman.ssh.user == "barman")
        #expect(barman.ssh.port == 23)
    }
}
