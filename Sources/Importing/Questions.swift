package import ClusterModel
import HostAccess
import Repmgr

/// What a host is asked for an import: texts for its shell, nothing that changes anything.
package enum Questions {
    /// Where repmgr.conf is looked for when nobody says.
    static let usualPlaces = [
        "/etc/repmgr.conf", "/etc/repmgr/repmgr.conf", "/etc/repmgr/*/repmgr.conf", "/etc/postgresql/repmgr.conf",
        "/etc/postgresql/*/repmgr.conf", "/etc/postgresql/*/*/repmgr.conf", "/var/lib/pgsql/repmgr.conf",
    ]

    /// repmgr.conf, every one that there is, the most usual first.
    ///
    /// - Parameter path: where it is; nil: looked for.
    package static func configuration(_ path: String?) -> String {
        HostProbe.script(
            """
            for f in \(path.map { Quoting.shell($0) } ?? usualPlaces.joined(separator: " ")); do
              [ -e "$f" ] && { told im.path printf %s "$f"; file im.conf "$f"; }
            done
            """)
    }

    /// The server's and PgBouncer's processes and files.
    package static func host(dataDirectory: String) -> String {
        HostProbe.script(
            """
            d=\(Quoting.shell(dataDirectory))
            unit() { sed -n 's|.*/\\([^/]*\\)\\.service$|\\1|p' "/proc/$2/cgroup" 2>/dev/null | head -n 1 | sed "s/^/$1 /"; }
            o=$(stat -L -c %U -- "$d" 2>/dev/null) && echo "im.owner $o"
            p=; [ -r "$d/postmaster.pid" ] && read -r p <"$d/postmaster.pid"
            if [ -n "$p" ] && [ -d "/proc/$p" ]; then
              echo im.running yes
              x=$(readlink "/proc/$p/exe" 2>/dev/null) && told im.bin dirname "$x"
              q=$(sed -n 4p "$d/postmaster.pid"); echo "im.port $q"
              unit im.unit "$p"
            fi
            [ -d /run/systemd/system ] && echo im.systemd yes
            i=/etc/pgbouncer/pgbouncer.ini
            for c in /proc/[0-9]*/comm; do
              n=; read -r n <"$c" || continue
              case $n in
                repmgrd) echo im.repmgrd yes;;
                pgbouncer)
                  q=${c%/comm}
                  echo im.pooler yes; unit im.poolerunit "${q#/proc/}"
                  a=$(tr '\\0' '\\n' <"$q/cmdline" 2>/dev/null | grep '^/.*\\.ini$' | tail -n 1); [ -n "$a" ] && i=$a;;
              esac
            done
            told im.inipath printf %s "$i"; file im.ini "$i"
            a=$(sed -n 's/^[[:space:]]*auth_file[[:space:]]*=[[:space:]]*//p' "$i" 2>/dev/null | tail -n 1)
            \(userNames)
            """)
    }

    /// The names in PgBouncer's auth file: its secrets stay on the host.
    private static let userNames = #"""
        [ -r "$a" ] && told im.users sed -n 's/^[[:space:]]*"\(\([^"]\|""\)*\)".*/\1/p' "$a"
        """#

    /// The server, asked by psql on its own host.
    package static func server(database: String, server: LocalServer) -> String {
        HostSQL.ask(
            [
                """
                SELECT pg_is_in_recovery() AS recovery, current_setting('server_version_num') AS version,
                       (SELECT system_identifier FROM pg_control_system()) AS sysid
                """,
                "SELECT name, setting, source FROM pg_settings WHERE name IN (\(parameters))",
                "SELECT sender_host, sender_port FROM pg_stat_wal_receiver WHERE pid IS NOT NULL",
                "SELECT rolname FROM pg_roles WHERE rolcanlogin",
                Repmgr.Observer.statement,
            ], database: database, server: server)
    }

    private static let parameters = [
        "data_directory", "config_file", "hba_file", "port", "recovery_min_apply_delay", "synchronous_standby_names",
        "cluster_name",
    ].map { Quoting.literal($0) }.joined(separator: ", ")

    /// Barman's configuration, and what its alias leads to.
    package static let barman =
        HostProbe.script(
            """
            m=/etc/barman.conf; [ -e "$m" ] || m=/etc/barman/barman.conf
            file im.main "$m"
            key() { sed -n "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*//p" "$m" 2>/dev/null | tail -n 1; }
            b=$(key configuration_files_directory); b=${b:-/etc/barman.d}
            for f in "$m" "$b"/*.conf; do
              [ -r "$f" ] && { told im.path printf %s "$f"; file im.conf "$f"; }
            done
            h=$(getent passwd barman | cut -d: -f6); told im.home printf %s "$h"
            file im.service "$h/.pg_service.conf"; file im.ssh "$h/.ssh/config"
            """)
}
