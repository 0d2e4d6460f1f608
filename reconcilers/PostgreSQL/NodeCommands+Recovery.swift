import ClusterModel
import HostAccess

extension NodeCommands {
    /// Makes the first primary from a backup.
    ///
    /// The mark says "unfinished recovery" until the server has come out of recovery and was shut down again: all that
    /// is made anew by the next run. It runs alone until then, on a socket in its own directory, so that nobody connects
    /// to half a database. Then the mark is that of a creation: from its first ordinary start on it is somebody's.
    /// - Parameter fetch: what brings the backup into the data directory.
    func recover(_ recovery: Recovery, _ blocks: ConfigurationBlocks, fetch: [Operation]) -> [Operation] {
        [script("prepare the data directory", prepareRecovery)] + fetch
            + [script("make the configuration", makeConfiguration)] + self.blocks(blocks)
            + [
                script("recover", replay(recovery), span: .clone), service(.start),
                script("remove the mark of the recovery", "rm -f \(mark)"),
            ]
    }

    /// A server that runs in an unfinished recovery is that recovery's own.
    private var prepareRecovery: String {
        let control = Quoting.shell(node.postgresql.binDirectory + "/pg_ctl")
        return """
            \(WorkMark.shell)
            if grep -q 'unfinished recovery' \(mark) 2>/dev/null && ! at_work \(mark); then
              [ -e \(data)/postmaster.pid ] && \(control) stop -D \(data) -m immediate -w -s
            fi
            \(prepareDirectory)
            mkdir -p \(data) && chmod 0700 \(data) && sed -i 's/creation/recovery/' \(mark)
            """
    }

    /// The backup has the configuration only where that lies in the data directory; elsewhere the host's own is used, or
    /// a fresh one is made. What Barman has changed in its copy is taken back.
    private var makeConfiguration: String {
        let postgresql = node.postgresql
        let program = Quoting.shell(postgresql.binDirectory + "/initdb")
        let directory = Quoting.shell(postgresql.configDirectory)
        let place: String
        if case .pgCtlCluster = postgresql.service {
            place = debianCluster
        } else if layout.isSplit {
            place = """
                mkdir -p \(directory) && mv \(data)/postgresql.conf \(data)/pg_hba.conf \(data)/pg_ident.conf \(directory)/ && \\
                \(placeSettings)
                """
        } else {
            place = placeSettings
        }
        return """
            cd \(data) || exit 1
            for f in postgresql.conf postgresql.auto.conf; do [ ! -e "$f.origin" ] || mv -f "$f.origin" "$f" || exit 1; done
            rm -f standby.signal; : >recovery.signal
            if [ ! -e \(directory)/postgresql.conf ]; then
              t=$(mktemp -d) && \(program) -D "$t/d" \(Self.authentication) >/dev/null || exit 1
              for f in postgresql.conf pg_hba.conf pg_ident.conf; do [ -e "$f" ] || mv "$t/d/$f" . || exit 1; done
              rm -rf "$t"
              \(place)
            fi
            """
    }

    /// Without `hot_standby` it does not matter what the lost primary's `max_connections` were.
    private func replay(_ recovery: Recovery) -> String {
        let control = Quoting.shell(node.postgresql.binDirectory + "/pg_ctl")
        var settings = [
            "config_file=\(layout.configurationFile)", "hot_standby=off", "listen_addresses=",
            "unix_socket_directories=\(node.postgresql.dataDirectory)", "restore_command=cp barman_wal/%f %p",
            "recovery_end_command=", "recovery_target_timeline=latest", "recovery_target_action=promote",
        ]
        if let time = recovery.targetTime { settings.append("recovery_target_time=\(time)") }
        let options = settings.map { "-c " + Quoting.shell($0) }.joined(separator: " ")
        let lines = "restore_command|recovery_|archive_cleanup_command|primary_conninfo|primary_slot_name"
        return """
            \(WorkMark.shell)
            cd \(data) && mark_work \(mark) "$(sed 's/^[0-9 ]*//' \(mark))" || exit 1
            l=\(Quoting.shell(node.postgresql.dataDirectory + ".pgregent-recovery.log")); rm -f "$l"
            sed -i -E '/^(\(lines))/d' postgresql.auto.conf
            \(control) start -D \(data) -w -t 2000000 -s -l "$l" -o \(Quoting.shell(options)) || { tail -n 12 "$l" >&2; exit 1; }
            # pg_ctl calls it started as soon as it replays; it is ready when it is through.
            while p=; read -r p <postmaster.pid && [ -d "/proc/$p" ]; do
              case $(sed -n 8p postmaster.pid) in ready*) break;; esac; sleep 0.2
            done 2>/dev/null
            [ ! -e recovery.signal ] || { echo "the server did not come out of recovery" >&2; tail -n 12 "$l" >&2; exit 1; }
            \(control) stop -D \(data) -m fast -w -t 2000000 -s || exit 1
            rm -rf barman_wal .barman-recover.info "$l"
            sed -i 's/recovery/creation/' \(mark)
            """
    }
}
