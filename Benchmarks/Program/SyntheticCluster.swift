import Barman
import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import RealDoors
import Repmgr
import Systems

/// A cluster of any size that exists in memory only: a primary, standbys, a PgBouncer on each, and Barman. What its
/// hosts answer is made as text and read by the observers' own readers.
struct SyntheticCluster {
    let spec: ClusterSpec
    /// Files hold something else than they should: every host has something to be done.
    private let drifted: Bool
    private let primary: NodeSpec

    init(nodes count: Int, drifted: Bool) {
        let nodes = (1...count).map { number in
            var node = NodeSpec(name: "vm\(number)", id: number, host: "vm\(number)")
            node.postgresql.parameters = [Setting("wal_log_hints", "on"), Setting("max_wal_senders", "250")]
            node.postgresql.hba = ["host all all 10.0.0.0/8 scram-sha-256"]
            return node
        }
        var spec = ClusterSpec(cluster: "synthetic", nodes: nodes)
        var pgbouncer = PgBouncerSpec()
        pgbouncer.hosts = nodes.map { PoolerHost(name: $0.name, address: $0.host, ssh: $0.ssh, isNode: true) }
        pgbouncer.databases = [("app_rw", .rw), ("app_ro", .ro), ("app_local", .local)].map {
            PoolDatabase(name: $0, target: $1)
        }
        spec.pgbouncer = pgbouncer
        spec.barman = BarmanSpec(host: "backup", server: "synthetic", alias: "synthetic")
        spec.barman?.settings = [Setting("backup_method", "postgres"), Setting("slot_name", "barman")]
        self.spec = spec
        self.drifted = drifted
        primary = nodes[0]
    }

    func snapshot() throws -> ClusterSnapshot {
        let doors = try RealDoors(spec)
        var upstreams: [NodeName: NodeName] = [:]
        for node in spec.nodes.dropFirst() { upstreams[node.name] = primary.name }
        let roles = Roles(primary: primary.name, upstreams: upstreams)
        let server = PostgreSQL.Desired(spec, roles: roles)
        let repmgr = Repmgr.Desired(spec, roles: roles)
        var snapshot = ClusterSnapshot()
        for node in spec.nodes {
            let need = PostgreSQL.Observer.Need(
                parameters: [], roles: [], passwords: [:], backupRole: nil, passfile: [])
            let observer = PostgreSQL.Observer(node: node, need: need)
            let texts = HostTexts(node: node, drifted: drifted, primary: primary, spec: spec)
            var answers = HostProbe.Answers()
            texts.postgresql(server.node(node.name), to: &answers)
            texts.repmgr(repmgr.node(node.name), to: &answers)
            texts.pgbouncer(to: &answers)
            guard let facts = observer.serverFacts(texts.results, doors: doors) else { continue }
            snapshot.postgresql[node.name] = PostgreSQL.Observed(
                host: .known(observer.hostFacts(answers, doors: doors)), server: .known(facts), login: .accepted)
            let file = Repmgr.Observer(node: node, configFile: spec.repmgr.configFile)
            snapshot.repmgr[node.name] = Repmgr.Observed(
                host: .known(file.hostFacts(answers)), registry: .known(registry(repmgr)))
            snapshot.pgbouncer[node.name] = pooler(node).map { .known($0.observed(answers)) }
        }
        if let barman = spec.barman {
            let observer = Barman.Observer(spec: barman, passfile: [], deep: false)
            var answers = HostProbe.Answers()
            for key in ["bm.conf", "bm.service", "bm.ssh"] { answers.add(key, .missing) }
            snapshot.barman = .known(observer.observed(answers, doors: doors))
        }
        return drifted ? snapshot : settled(snapshot)
    }

    /// With what the texts have not got: nothing is left to do.
    private func settled(_ snapshot: ClusterSnapshot) -> ClusterSnapshot {
        var settled = snapshot
        for _ in 0..<4 { ClusterEffect(spec).apply(PlanMaker.plan(spec, settled).runnable, to: &settled) }
        return settled
    }

    private func registry(_ desired: Repmgr.Desired) -> [Record] {
        desired.nodes.map { node in
            let isPrimary = node.spec.name == primary.name
            return Record(
                id: node.spec.id, name: node.spec.name, type: isPrimary ? "primary" : "standby",
                upstream: isPrimary ? nil : primary.id, conninfo: node.conninfo, priority: node.spec.priority,
                location: node.spec.location, active: true, slot: node.slot, configurationFile: spec.repmgr.configFile)
        }
    }

    private func pooler(_ node: NodeSpec) -> PgBouncer.Observer? {
        guard let pgbouncer = spec.pgbouncer, let host = pgbouncer.hosts.first(where: { $0.name == node.name }) else {
            return nil
        }
        return PgBouncer.Observer(
            spec: pgbouncer, host: host, binDirectory: node.postgresql.binDirectory, osUser: node.postgresql.osUser,
            nodeHosts: [])
    }
}
