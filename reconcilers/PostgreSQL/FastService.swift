import ClusterModel
import HostAccess

/// Stopping and starting a server while somebody waits for it. A service's own command looks every 0.1 s or, as
/// Debian's pg_ctlcluster, sleeps for seconds when all is over; here a close look ends the wait.
enum FastService {
    /// Where a service manager or the file has a say in how the server is stopped; nil elsewhere.
    static func managed(_ node: NodeSpec, _ verb: NodeLayout.Verb) -> String? {
        switch node.postgresql.service {
        case .systemd, .commands: NodeLayout(node).service(verb)
        case .pgCtlCluster, .pgCtl, .pgbouncer: nil
        }
    }

    /// A signal to the postmaster (SIGINT: fast shutdown).
    static func stop(_ node: NodeSpec) -> String {
        """
        d=\(Quoting.shell(node.postgresql.dataDirectory))
        read -r p <"$d/postmaster.pid" && kill -INT "$p" || exit 1
        n=0; while [ -d "/proc/$p" ] && [ -e "$d/postmaster.pid" ]; do
          n=$((n+1)); [ $n -lt 2000 ] || { echo "the postmaster (process $p) still runs" >&2; exit 1; }
          sleep 0.005
        done
        """
    }

    /// The service's own command, left to its end in the background once the server accepts connections.
    static func start(_ node: NodeSpec) -> String {
        let isReady = "\(Quoting.shell(node.postgresql.binDirectory + "/pg_isready")) -q -p \(node.postgresql.port)"
        return """
            o=$(mktemp) || exit 1
            \(NodeLayout(node).service(.start)) >"$o" 2>&1 </dev/null & s=$!
            until \(isReady); do
              kill -0 "$s" 2>/dev/null || { wait "$s" && break; r=$?; cat "$o" >&2; rm -f "$o"; exit $r; }
              sleep 0.005
            done
            rm -f "$o"
            """
    }
}

extension SwitchoverMark {
    /// Shell text that writes it, to disk beside what follows and not before it: a host that loses its power comes back
    /// long after what was asked for is to be seen, and until then it is unseen, and everything held.
    func file(_ path: String) -> String {
        "printf %s \(Quoting.shell(text)) >\(path).new && mv \(path).new \(path) || exit 1\nsync \(path) >/dev/null 2>&1 &"
    }
}
