import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// What one made-up host answers.
struct HostTexts {
    let node: NodeSpec
    let drifted: Bool
    let primary: NodeSpec
    let spec: ClusterSpec

    private var isPrimary: Bool { node.name == primary.name }
    private var standbys: [NodeSpec] { spec.nodes.filter { $0.name != primary.name } }

    func postgresql(_ desired: PostgreSQL.Desired.Node?, to answers: inout HostProbe.Answers) {
        let control = """
            Database system identifier: 7286816322800000000
            Database cluster state: in production
            Latest checkpoint's TimeLineID: 1
            Latest checkpoint location: 0/3000060
            """
        let hba = drifted ? "" : ManagedBlock.replacing(in: "", with: desired?.hba ?? [], atTop: true)
        answers.add("pg.data cluster\npg.standby \(isPrimary ? "no" : "yes")\npg.postmaster yes\n")
        answers.add("pg.control", .content(control))
        answers.add("pg.mark", .missing)
        answers.add("pg.conf", .content("listen_addresses = '*'\n"))
        answers.add("pg.hba", .content(hba))
        answers.add("pg.passfile", .missing)
        answers.add("pg.guard", .missing)
    }

    func repmgr(_ desired: Repmgr.Desired.Node?, to answers: inout HostProbe.Answers) {
        let lines = (desired?.settings ?? []).map { "\($0.name) = \(Quoting.configuration($0.value))" }
        answers.add("rm.conf", .content(drifted ? "" : lines.joined(separator: "\n") + "\n"))
    }

    /// pgbouncer.ini as it should be, and a console that agrees with it.
    func pgbouncer(to answers: inout HostProbe.Answers) {
        guard let pgbouncer = spec.pgbouncer else { return }
        func backend(_ node: NodeSpec) -> PgBouncer.Desired.Backend {
            PgBouncer.Desired.Backend(node: node.name, host: node.host, port: node.postgresql.port)
        }
        let routes = PgBouncer.Desired.Routes(
            primary: backend(primary), streaming: standbys.map(backend), local: [node.name: backend(node)],
            secrets: nil,
            secretsNode: nil)
        let desired = PgBouncer.Desired(pgbouncer, cluster: spec, routes: routes)
        guard let pooler = desired.poolers.first(where: { $0.host.name == node.name }) else { return }
        let pools = pooler.databases.map { "\($0.spec.name) = \($0.connectString)" }
        let settings = desired.settings.map { "\($0.name) = \($0.value)" }
        let ini = "[databases]\n\(pools.joined(separator: "\n"))\n\n[pgbouncer]\n\(settings.joined(separator: "\n"))\n"
        let rows = pooler.databases.map { "\($0.spec.name)\u{1F}\($0.hostList)\u{1F}5432\u{1F}\($0.dbname)\u{1F}0" }
        let keys = desired.settings.map { "\($0.name)\u{1F}\($0.value)" }
        let console = [
            ["version", "PgBouncer 1.18.0"], ["name\u{1F}host\u{1F}port\u{1F}database\u{1F}paused"] + rows,
            ["key\u{1F}value"] + keys,
        ].map { $0.joined(separator: "\u{1E}") + "\n\u{1C}\n" }.joined()
        answers.add("pb.running yes\n")
        answers.add("pb.auth", .content(""))
        answers.add("pb.conf", .content(drifted ? "" : ini))
        answers.add("pb.console", .content(String(console.dropLast())))
    }

    /// The results of `PostgreSQL.Observer.statements`.
    var results: [SQLResult?] {
        let senders =
            isPrimary
            ? standbys.map {
                [$0.name, "repmgr", "streaming", "async", "0/3000060", "0/3000060", "repmgr_slot_\($0.id)"]
            } : []
        let slots =
            isPrimary
            ? (standbys.map { "repmgr_slot_\($0.id)" } + ["barman"]).map { [$0, "physical", "t", "reserved"] } : []
        let receiver = isPrimary ? [] : [["streaming", primary.host, "5432", "repmgr_slot_\(node.id)"]]
        let conninfo = isPrimary ? "" : "host=\(primary.host) port=5432 user=repmgr application_name=\(node.name)"
        let parameters: [[String?]] = [
            ["wal_log_hints", "on", nil, "bool", "postmaster", "configuration file", nil, nil, "f"],
            [
                "max_wal_senders", drifted ? "10" : "250", nil, "integer", "postmaster", "configuration file", nil, nil,
                "f",
            ],
            ["primary_conninfo", conninfo, nil, "string", "sighup", "configuration file", nil, nil, "f"],
            [
                "primary_slot_name", "repmgr_slot_\(node.id)", nil, "string", "sighup", "configuration file", nil, nil,
                "f",
            ],
            [
                "config_file", "/etc/postgresql/15/main/postgresql.conf", nil, "string", "postmaster", "override", nil,
                nil, "f",
            ],
        ]
        let roles = ["repmgr", "barman", "streaming_barman"].map { [$0, "t", "t", "t", "SCRAM-SHA-256$4096:x", ""] }
        return [
            SQLResult(
                columns: ["in_recovery", "sysid", "version", "timeline", "lsn", "replay_lsn", "paused"],
                rows: [[isPrimary ? "f" : "t", "7286816322800000000", "150018", "1", "0/3000060", "0/3000060", "f"]]),
            SQLResult(
                columns: ["name", "usename", "state", "sync_state", "sent_lsn", "replay_lsn", "slot_name"],
                rows: senders),
            SQLResult(columns: ["slot_name", "slot_type", "active", "wal_status"], rows: slots),
            SQLResult(columns: ["status", "sender_host", "sender_port", "slot_name"], rows: receiver),
            SQLResult(
                columns: [
                    "name", "setting", "unit", "vartype", "context", "source", "sourcefile", "sourceline",
                    "pending_restart",
                ],
                rows: parameters),
            SQLResult(
                columns: ["rolname", "rolsuper", "rolreplication", "rolcanlogin", "rolpassword", "member_of"],
                rows: roles),
            SQLResult(columns: ["datname"], rows: [["postgres"], ["repmgr"]]),
            SQLResult(columns: ["line_number", "error"], rows: []),
        ]
    }
}
