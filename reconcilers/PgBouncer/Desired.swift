package import ClusterModel
import HostAccess

/// PgBouncer's slice of the file, resolved against the roles and what streams.
package struct Desired: Sendable, Equatable {
    /// A server that a pool may lead to.
    package struct Backend: Sendable, Hashable {
        package var node: NodeName
        package var host: String
        package var port: Int
        /// How far its replay is behind the primary; nil: not known, or the primary itself.
        package var lag: UInt64?

        package init(node: NodeName, host: String, port: Int, lag: UInt64? = nil) {
            self.node = node
            self.host = host
            self.port = port
            self.lag = lag
        }
    }

    /// Where connections can go now.
    package struct Routes: Sendable, Equatable {
        package var primary: Backend?
        package var streaming: [Backend]
        package var local: [HostName: Backend]
        /// The secrets of the declared users as the primary has them; nil while they cannot be seen.
        package var secrets: [String: Secret]?
        /// The primary, from which secrets are fetched.
        package var secretsNode: NodeName?
        /// The hosts of nodes of which nothing is seen, over SSH or libpq, and that are not the primary.
        package var lost: Set<String>

        package init(
            primary: Backend?, streaming: [Backend], local: [HostName: Backend], secrets: [String: Secret]?,
            secretsNode: NodeName?, lost: Set<String> = []
        ) {
            self.lost = lost
            self.primary = primary
            self.streaming = streaming
            self.local = local
            self.secrets = secrets
            self.secretsNode = secretsNode
        }
    }

    package struct Pooler: Sendable, Equatable {
        package var host: PoolerHost
        package var databases: [Pool]

        /// Where its pools lead, as far as that can be said.
        var routes: [PoolRoute] {
            databases.filter { !$0.backends.isEmpty }.map { PoolRoute($0.spec.name, to: $0.hostList) }
        }
    }

    /// One line of [databases]; `backends` is empty when it cannot be said where it shall lead: then it is left alone.
    package struct Pool: Sendable, Equatable {
        package let spec: PoolDatabase
        package let backends: [Backend]
        package let hostList: String
        /// As PgBouncer reads it.
        package let connectString: String

        init(spec: PoolDatabase, backends: [Backend]) {
            self.spec = spec
            self.backends = backends
            hostList = backends.map(\.host).joined(separator: ",")
            connectString = Self.connectString(spec, backends, hostList)
        }

        package var dbname: String { spec.dbname ?? spec.name }
        /// 1.18 takes a list of hosts with one port.
        package var port: String { Self.port(backends) }

        private static func port(_ backends: [Backend]) -> String { String(backends.map(\.port).min() ?? 5432) }

        private static func connectString(_ spec: PoolDatabase, _ backends: [Backend], _ hostList: String) -> String {
            var parameters = [("host", hostList), ("port", port(backends)), ("dbname", spec.dbname ?? spec.name)]
            parameters += spec.options.map { ($0.name, $0.value) }
            return parameters.map { "\($0)=\(quoted($1))" }.joined(separator: " ")
        }

        private static func quoted(_ value: String) -> String {
            let plain =
                !value.isEmpty
                && value.utf8.allSatisfy {
                    0x21...0x7E ~= $0 && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "=")
                }
            return plain ? value : "'" + value.replacing("'", with: "''") + "'"
        }
    }

    package var spec: PgBouncerSpec
    package var poolers: [Pooler]
    package var routes: Routes
    /// The account that PgBouncer runs as.
    package var osUser: String
    package var binDirectory: String
    /// Clients have no primary. A file in which nothing but where pools lead is another is then not tried first: without the
    /// change they have nothing, and the host of a pool is nothing that PgBouncer rejects.
    package var isUrgent = false
    /// Milliseconds after which a client hears that the server it waits for has vanished: as long as a failover waits
    /// before it is certain, from 1 to 3 s.
    private let serverTimeout: Int64

    package init(_ spec: PgBouncerSpec, cluster: ClusterSpec, routes: Routes) {
        self.spec = spec
        self.routes = routes
        osUser = cluster.postgresql.osUser
        binDirectory = cluster.postgresql.binDirectory
        let window = (cluster.failover.reconnectInterval * cluster.failover.reconnectAttempts).components
        serverTimeout = min(3000, max(1000, window.seconds * 1000 + window.attoseconds / 1_000_000_000_000_000))
        // Only `local` differs from host to host; the others are made once, however many hosts there are.
        let shared = spec.databases.map {
            $0.target == .local ? nil : Pool(spec: $0, backends: Self.backends($0, "", routes))
        }
        poolers = spec.hosts.map { host in
            let pools = zip(spec.databases, shared).map { database, pool in
                pool ?? Pool(spec: database, backends: Self.backends(database, host.name, routes))
            }
            return Pooler(host: host, databases: pools)
        }
    }

    private static func backends(_ database: PoolDatabase, _ host: HostName, _ routes: Routes) -> [Backend] {
        // Asked for by `ro` and `any` alone: the other targets are resolved for every host.
        var near: [Backend] {
            routes.streaming.filter { standby in
                guard let limit = database.maximumLag?.bytes, let lag = standby.lag else { return true }
                return lag <= limit
            }
        }
        let primary = routes.primary.map { [$0] } ?? []
        switch database.target {
        case .rw: return primary
        case .ro:
            let near = near
            return near.isEmpty ? primary : near
        case .any: return primary + near
        case .local: return routes.local[host].map { [$0] } ?? primary
        }
    }

    /// The [pgbouncer] settings that pgregent keeps: the declared ones, and those without which it could not keep its
    /// promises. Without the TCP ones a client waits for ever for a server that vanished (PgBouncer's manual,
    /// "Low-level network settings"); and after one refused connection PgBouncer asks nobody for `server_login_retry`, 15 s
    /// unless told, be there a new primary or not.
    package var settings: [Setting] {
        var settings = [
            Setting("listen_addr", "*"), Setting("listen_port", String(spec.port)), Setting("auth_file", spec.authFile),
            Setting("admin_users", spec.adminUser), Setting("tcp_keepalive", "1"), Setting("tcp_keepidle", "3"),
            Setting("tcp_keepintvl", "1"), Setting("tcp_keepcnt", "3"),
            Setting("tcp_user_timeout", String(serverTimeout)),
            Setting("server_login_retry", "0.1"),
        ]
        for setting in spec.settings {
            settings.removeAll { $0.name == setting.name }
            settings.append(setting)
        }
        return settings
    }
}
