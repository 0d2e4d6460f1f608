import ClusterModel
import HostAccess

/// Brings a backup and its log from the backup host into a node's data directory.
///
/// Barman copies with rsync from its own host: nothing is stored twice, and what it copies may be of any size.
struct Fetch {
    private let spec: BarmanSpec
    private let node: NodeSpec

    init(_ spec: BarmanSpec, to node: NodeSpec) {
        self.spec = spec
        self.node = node
    }

    /// Beside Barman's directory of the server: the process that recovers.
    static func mark(_ spec: BarmanSpec) -> String {
        Quoting.shell("\(spec.home)/.pgregent-recovery-\(spec.server)")
    }

    func operations(_ recovery: Recovery) -> [Operation] {
        [
            operation("bring the log to Barman's archive", archive),
            operation("barman recover \(recovery.backup) to \(node.name)", recover(recovery)),
            operation("send the unfinished segment to \(node.name)", sendPartial),
        ]
    }

    private func operation(_ title: String, _ text: String) -> Operation {
        Operation(
            "\(title) on \(spec.hostName)", on: spec.hostName, as: .named("barman"), .script(SecretText(text)),
            span: .clone)
    }

    private var server: String { Quoting.shell(spec.server) }
    private var data: String { Quoting.shell(node.postgresql.dataDirectory) }
    private var ssh: String {
        let port = node.ssh.port.map { "-p \($0) " } ?? ""
        return "ssh -o BatchMode=yes \(port)\(Quoting.shell("\(node.postgresql.osUser)@\(node.host)"))"
    }

    /// What has been received and not archived yet would be missing at the end. Barman's own cron may be at the same work.
    private var archive: String {
        """
        barman receive-wal --stop \(server) >/dev/null 2>&1
        n=0
        until o=$(barman archive-wal \(server) 2>&1); do
          n=$((n+1)); [ "$n" -lt 15 ] || { echo "$o" >&2; exit 1; }
          sleep 2
        done
        """
    }

    private func recover(_ recovery: Recovery) -> String {
        let target = recovery.targetTime.map { "--target-time \(Quoting.shell($0)) --target-action promote " } ?? ""
        return """
            \(WorkMark.shell)
            m=\(Self.mark(spec))
            mark_work "$m" 'unfinished recovery' && trap 'rm -f "$m"' EXIT || exit 1
            barman recover --target-tli latest \(target)--remote-ssh-command \(Quoting.shell(ssh)) \\
            \(server) \(Quoting.shell(recovery.backup)) \(data) >&2
            """
    }

    /// The segment that was being received when the primary was lost: its commits are nowhere else. It is kept out of
    /// the receiver's way, which would otherwise want to go on from it on a timeline that is over.
    private var sendPartial: String {
        let home = Quoting.shell("\(spec.home)/\(spec.server)")
        let put = """
            cd \(data) || exit 1; if [ -e pg_wal/"$1" ] || [ -e barman_wal/"$1" ]; then cat >/dev/null; \
            else mkdir -p barman_wal && cat >barman_wal/"$1"; fi
            """
        let remote = Quoting.shell("sh -c \(Quoting.shell(put)) sh")
        return """
            s=\(home)/streaming; k=\(home)/pgregent-partial
            for f in "$s"/*.partial; do [ -e "$f" ] && { mkdir -p "$k" && mv -f "$f" "$k/" || exit 1; }; done
            for f in "$k"/*.partial; do
              [ -e "$f" ] || continue
              n=$(basename "$f" .partial)
              case $n in *[!0-9A-F]*) continue;; esac
              \(ssh) \(remote) "$n" <"$f" || exit 1
            done
            """
    }
}
