package import Barman
package import ClusterModel
import HostAccess
package import PgBouncer
package import PostgreSQL

/// What observers see of hosts and servers that are as Debian makes them.
package enum Facts {
    package static let grants: Set<String> = [
        "pg_backup_start(text,boolean)", "pg_backup_stop(boolean)", "pg_switch_wal()", "pg_create_restore_point(text)",
    ]
    /// The stored secret of the pools' user; a test that finds this text in an output has found a leak.
    package static let storedSecret = Secret("SCRAM-SHA-256$4096:stored-secret-of-app")

    package static func bareHost() -> PostgreSQL.HostFacts {
        PostgreSQL.HostFacts(
            dataDirectory: .missing, configuration: .missing, hba: .missing, hasConfiguration: false,
            passfileFits: false)
    }

    package static func controlData(
        identifier: String = Scenario.identifier, state: String, timeline: Timeline = 1
    ) -> ControlData {
        ControlData(
            systemIdentifier: identifier, state: state, timeline: timeline, checkpoint: LSN(rawValue: 0x500_0028))
    }

    /// A server that takes writes, with every role that repmgr and Barman need, and `app` for the pools.
    package static func primary(identifier: String = Scenario.identifier) -> ServerFacts {
        ServerFacts(
            inRecovery: false, systemIdentifier: identifier, versionNumber: 150018, timeline: 1, lsn: Scenario.end,
            parameters: parameters, roles: roles, databases: ["postgres", "repmgr"], backupGrants: grants,
            sizeInBytes: 30 << 20)
    }

    package static var roles: [String: ServerFacts.Role] {
        [
            "repmgr": ServerFacts.Role(isSuperuser: true, mayReplicate: true, passwordFits: true),
            "barman": ServerFacts.Role(
                passwordFits: true, memberOf: ["pg_read_all_settings", "pg_read_all_stats", "pg_checkpoint"]),
            "streaming_barman": ServerFacts.Role(mayReplicate: true, passwordFits: true),
            "app": ServerFacts.Role(storedSecret: storedSecret),
        ]
    }

    /// PostgreSQL's defaults of the parameters that scenarios declare.
    package static var parameters: [String: Parameter] {
        let file = "/etc/postgresql/15/main/postgresql.conf"
        return [
            "wal_log_hints": Parameter(value: "off", type: "bool", context: "postmaster", source: "default"),
            "shared_preload_libraries": Parameter(value: "", context: "postmaster", source: "default"),
            "synchronous_standby_names": Parameter(value: "", source: "default"),
            "max_wal_senders": Parameter(value: "10", type: "integer", context: "postmaster", source: "default"),
            "max_connections": Parameter(value: "100", type: "integer", context: "postmaster", source: "default"),
            "max_worker_processes": Parameter(value: "60", type: "integer", context: "postmaster", source: "default"),
            "max_prepared_transactions": Parameter(
                value: "0", type: "integer", context: "postmaster", source: "default"),
            "max_locks_per_transaction": Parameter(
                value: "64", type: "integer", context: "postmaster", source: "default"),
            "work_mem": Parameter(value: "4096", unit: "kB", type: "integer", context: "user", source: "default"),
            "recovery_min_apply_delay": Parameter(value: "0", unit: "ms", type: "integer", source: "default"),
            "listen_addresses": Parameter(value: "*", context: "postmaster", sourceFile: file),
            "config_file": Parameter(value: file, context: "postmaster"),
        ]
    }

    /// PgBouncer installed, its package's file in place, not started.
    package static func pooler() -> PgBouncer.Observed {
        PgBouncer.Observed(
            configuration: .content("[databases]\n\n[pgbouncer]\nunix_socket_dir = /var/run/postgresql\n"),
            authEntries: [:], authFileIsReadable: true, missingPrograms: [], isRunning: false,
            console: .unknown(reason: "PgBouncer does not run"))
    }

    package static func backupHost() -> Barman.Observed {
        Barman.Observed(
            missingPrograms: [], configuration: .missing, serviceFile: .missing, sshConfiguration: .missing,
            passfileFits: false, hasPassfile: false, hasArchive: false)
    }
}
