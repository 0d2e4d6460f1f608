import ClusterModel
import HostAccess
import Importing
import Repmgr

/// A hand-built cluster, as its hosts tell it.
enum RecordedCluster {
    static func configuration(_ id: Int, more: String = "") -> String {
        """
        node_id=\(id)
        node_name='vm\(id)'
        conninfo='host=vm\(id) user=repmgr dbname=repmgr connect_timeout=2'
        data_directory='/var/lib/postgresql/15/main'
        pg_bindir='/usr/lib/postgresql/15/bin'
        use_replication_slots=yes
        failover=manual
        priority=\(110 - 10 * id)
        promote_command='repmgr standby promote -f /etc/repmgr.conf'
        service_start_command='pg_ctlcluster 15 main start'
        service_stop_command='pg_ctlcluster 15 main stop -m fast'
        service_restart_command='pg_ctlcluster 15 main restart'
        service_reload_command='pg_ctlcluster 15 main reload'
        \(more)
        """
    }

    static func pooler(_ id: Int, databases: String = "") -> PoolerTexts {
        var pooler = PoolerTexts()
        pooler.path = "/etc/pgbouncer/pgbouncer.ini"
        pooler.isRunning = true
        pooler.users = ["app"]
        pooler.configuration = """
            [databases]
            postgres_rw = host=vm1 port=5432 dbname=postgres
            postgres_ro = host=vm\(id) port=5432 dbname=postgres
            \(databases)

            [pgbouncer]
            logfile = /var/log/postgresql/pgbouncer.log
            pidfile = /var/run/postgresql/pgbouncer.pid
            listen_addr = *
            listen_port = 6432
            unix_socket_dir = /var/run/postgresql
            auth_type = scram-sha-256
            auth_file = /etc/pgbouncer/userlist.txt
            admin_users = pgbouncer
            pool_mode = transaction
            """
        return pooler
    }

    static func node(_ id: Int) -> NodeTexts {
        var node = NodeTexts()
        node.configurationPath = "/etc/repmgr.conf"
        node.configuration = configuration(id)
        node.owner = "postgres"
        node.pooler = pooler(id)
        var server = ServerTexts()
        server.inRecovery = id != 1
        server.versionNumber = 150018
        server.systemIdentifier = "7711124690626125966"
        server.logins = ["app", "repmgr"]
        server.parameters = [
            "data_directory": "/var/lib/postgresql/15/main", "config_file": "/etc/postgresql/15/main/postgresql.conf",
            "port": "5432", "recovery_min_apply_delay": "0", "cluster_name": "15/main",
        ]
        if id != 1 { (server.senderHost, server.senderPort) = ("vm1", "5432") }
        node.server = server
        return node
    }

    static func record(_ id: Int, conninfo: String? = nil) -> Record {
        Record(
            id: id, name: "vm\(id)", type: id == 1 ? "primary" : "standby", upstream: id == 1 ? nil : 1,
            conninfo: conninfo ?? "host=vm\(id) user=repmgr dbname=repmgr connect_timeout=2", priority: 110 - 10 * id,
            location: "default", active: true, slot: nil, configurationFile: "/etc/repmgr.conf")
    }

    static var three: ClusterTexts {
        var texts = ClusterTexts()
        texts.name = "vm95"
        texts.registry = (1...3).map { record($0) }
        for id in 1...3 { texts.nodes[id] = .known(node(id)) }
        return texts
    }
}
