import ClusterModel
import HostAccess

/// pgbouncer.ini: our lines in their places, everything else as it stands.
struct Configuration {
    private let desired: Desired
    private let pooler: Desired.Pooler
    private let content: FileContent
    private let file: INIText
    /// What the file says of the pools, and of PgBouncer; of a key given twice the last one.
    private let databases: [String: String]
    private let said: [String: String]

    init(desired: Desired, pooler: Desired.Pooler, content: FileContent) {
        self.desired = desired
        self.pooler = pooler
        self.content = content
        file = content.ini
        databases = content.values(in: "databases")
        said = content.values(in: "pgbouncer")
    }

    /// Read at the start only (PgBouncer's manual): a change of these needs a restart.
    static let fixedAtStart = ["listen_addr", "listen_port", "unix_socket_dir", "pidfile"]

    /// `postgres_rw: vm3 -> vm1`, for each line that does not mean what it should.
    var changes: [PoolerChange] {
        unlikePools.map { pool in
            let from = databases[pool.spec.name].flatMap { Conninfo.parse($0) }?["host"]
            if from == pool.hostList { return .options(pool: pool.spec.name) }
            return .value(ValueChange(pool.spec.name, from: from, to: pool.hostList))
        } + unlikeSettings.map { .value(ValueChange($0.name, from: said[$0.name], to: $0.value)) }
    }

    /// Nothing differs but where pools lead.
    var changesRoutesOnly: Bool {
        func aside(_ connectString: String) -> [String: String]? {
            Conninfo.parse(connectString)?.filter { $0.key != "host" && $0.key != "port" }
        }
        return unlikeSettings.isEmpty
            && unlikePools.allSatisfy { pool in
                databases[pool.spec.name].map { aside($0) == aside(pool.connectString) } ?? false
            }
    }

    /// The whole file as it should be.
    var applied: String {
        guard content.text != nil else {
            return Configuration(desired: desired, pooler: pooler, content: .content(Self.new)).applied
        }
        var file = file
        for pool in unlikePools { file.set(pool.spec.name, to: pool.connectString, in: "databases") }
        for setting in unlikeSettings { file.set(setting.name, to: setting.value, in: "pgbouncer") }
        return file.text
    }

    private var unlikePools: [Desired.Pool] {
        pooler.databases.filter { pool in
            guard !pool.backends.isEmpty else { return false }
            return databases[pool.spec.name].map { !Conninfo.same($0, pool.connectString) } ?? true
        }
    }

    private var unlikeSettings: [Setting] {
        desired.settings.filter { !Self.isSaid($0, by: said[$0.name]) }
    }

    /// Of several administrators ours has to be one; the others are somebody else's.
    private static func isSaid(_ setting: Setting, by has: String?) -> Bool {
        guard setting.name == "admin_users", let has else { return has == setting.value }
        return has.split(separator: ",").contains { $0.trimmed == setting.value }
    }

    /// What Debian's own file would say, for a host where it is gone.
    private static let new = """
        [databases]

        [pgbouncer]
        logfile = /var/log/postgresql/pgbouncer.log
        pidfile = /var/run/postgresql/pgbouncer.pid
        unix_socket_dir = /var/run/postgresql
        auth_type = scram-sha-256

        """

    /// For `FileWrite.check`: only a configuration that a second PgBouncer accepts is put in place.
    static func trial(port: Int) -> String {
        ShellProgram(Scripts.tryConfiguration, ["port": String(port)]).description
    }
}
