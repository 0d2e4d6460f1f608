import ClusterModel
import HostAccess

/// pgbouncer.ini: our lines in their places, everything else as it stands.
struct Configuration {
    let desired: Desired
    let pooler: Desired.Pooler

    /// Read at the start only (PgBouncer's manual): a change of these needs a restart.
    static let fixedAtStart = ["listen_addr", "listen_port", "unix_socket_dir", "pidfile"]

    /// `postgres_rw: vm3 -> vm1`, for each line that does not mean what it should.
    func changes(in content: FileContent) -> [String] {
        let file = INIText(content.text ?? "")
        let lines = Dictionary(file.settings(in: "databases").map { ($0.name, $0.value) }) { $1 }
        let databases = pooler.databases.filter { !$0.backends.isEmpty }.compactMap { pool -> String? in
            let has = lines[pool.spec.name]
            guard has.map({ !Conninfo.same($0, pool.connectString) }) ?? true else { return nil }
            let from = has.flatMap { Conninfo.parse($0) }?["host"]
            if from == pool.hostList { return "\(pool.spec.name): options" }
            return "\(pool.spec.name): \(from ?? "-") -> \(pool.hostList)"
        }
        let said = Dictionary(file.settings(in: "pgbouncer").map { ($0.name, $0.value) }) { $1 }
        let settings = desired.settings.filter { !Self.isSaid($0, by: said[$0.name]) }
        return databases + settings.map { "\($0.name): \(said[$0.name] ?? "-") -> \($0.value)" }
    }

    /// Nothing differs but where pools lead.
    func changesRoutesOnly(in content: FileContent) -> Bool {
        let file = INIText(content.text ?? "")
        let lines = Dictionary(file.settings(in: "databases").map { ($0.name, $0.value) }) { $1 }
        func aside(_ connectString: String) -> [String: String]? {
            Conninfo.parse(connectString)?.filter { $0.key != "host" && $0.key != "port" }
        }
        let pools = pooler.databases.filter { !$0.backends.isEmpty }
        guard
            pools.allSatisfy({ pool in lines[pool.spec.name].map { aside($0) == aside(pool.connectString) } ?? false })
        else { return false }
        let said = Dictionary(file.settings(in: "pgbouncer").map { ($0.name, $0.value) }) { $1 }
        return desired.settings.allSatisfy { Self.isSaid($0, by: said[$0.name]) }
    }

    func applied(to content: FileContent) -> String {
        var file = INIText(content.text ?? Self.new)
        for pool in pooler.databases where !pool.backends.isEmpty {
            let has = file.value(of: pool.spec.name, in: "databases")
            if has.map({ !Conninfo.same($0, pool.connectString) }) ?? true {
                file.set(pool.spec.name, to: pool.connectString, in: "databases")
            }
        }
        for setting in desired.settings where !Self.isSaid(setting, by: file.value(of: setting.name, in: "pgbouncer")) {
            file.set(setting.name, to: setting.value, in: "pgbouncer")
        }
        return file.text
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

    /// Starts a second PgBouncer on the candidate, away from the first one's sockets and files: only a configuration
    /// that it accepts is put in place. (PgBouncer 1.18 has no option that checks a file.) What it says is taken from
    /// its standard error: the log file is named last, after whatever may be wrong.
    static func trial(port: Int) -> String {
        """
        t=$(mktemp -d) || exit 1
        { cat "$f"; printf '\\n[pgbouncer]\\nlisten_addr =\\nunix_socket_dir = %s\\npidfile = %s/pid\\nlogfile = %s/log\\n' "$t" "$t" "$t"; } >"$t/ini"
        pgbouncer "$t/ini" >"$t/said" 2>&1 & p=$!
        n=0; ok=1
        while [ $n -lt 200 ]; do
          [ -S "$t/.s.PGSQL.\(port)" ] && { ok=0; break; }
          kill -0 "$p" 2>/dev/null || break
          n=$((n+1)); sleep 0.02
        done
        kill "$p" 2>/dev/null; wait "$p" 2>/dev/null
        if grep -qE ' (ERROR|FATAL) ' "$t/said"; then ok=1; fi
        [ $ok = 0 ] || { echo "PgBouncer would reject the file:" >&2; grep -E ' (ERROR|FATAL) ' "$t/said" >&2 || echo "it did not start" >&2; }
        rm -rf "$t"; exit $ok
        """
    }
}
