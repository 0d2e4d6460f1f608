package import ClusterModel
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

/// PostgreSQL's part of a restart during which clients are held.
package struct HeldRestartActions {
    private let node: NodeSpec
    private var owner: Account { .named(node.postgresql.osUser) }

    package init(_ node: NodeSpec) {
        self.node = node
    }

    package func checkpoint(cause: Step.Cause) -> Step {
        var step = Step(
            "postgresql", "checkpoint", node.name, .change, cause: cause, summary: "CHECKPOINT",
            reason: "the stop that clients wait for has then little left to write", operations: [])
        step.operations = [
            Operation(
                "checkpoint on \(node.name)", on: node.name, as: owner,
                .sql(database: "postgres", "CHECKPOINT;", server: NodeLayout(node).localServer), span: .clone)
        ]
        return step
    }

    /// The restart as it was planned, marked while it lasts: a run that ends in the middle is finished by the next one.
    package func held(_ restart: Step) -> Step {
        var step = restart
        step.summary = "restart PostgreSQL, its clients held"
        step.clientsWait = true
        let file = Quoting.shell(NodeLayout(node).switchoverMark)
        let mark = SwitchoverMark(to: node.name, phase: .restarting).file(file)
        let unmark = "rm -f \(file)"
        let title = "restart PostgreSQL on \(node.name)"
        if let command = FastService.managed(node, .restart) {
            step.operations = [
                Operation("mark \(node.name): restarting", on: node.name, as: owner, .script(SecretText(mark))),
                Operation(title, on: node.name, as: NodeLayout(node).serviceAccount, .script(SecretText(command))),
                Operation("remove the mark of the restart", on: node.name, as: owner, .script(SecretText(unmark))),
            ]
        } else {
            // pg_ctlcluster that still finds the old process looks again a second later.
            let gone = "while [ -d \"/proc/$p\" ] && [ $n -lt 2000 ]; do n=$((n+1)); sleep 0.005; done"
            let script = [mark, FastService.stop(node), gone, FastService.start(node), unmark].joined(separator: "\n")
            step.operations = [Operation(title, on: node.name, as: owner, .script(SecretText(script)))]
        }
        return step
    }
}

extension SwitchoverMark {
    /// Shell text that writes it, to disk beside what follows and not before it: a host that loses its power comes back
    /// long after what was asked for is to be seen, and until then it is unseen, and everything held.
    func file(_ path: String) -> String {
        "printf %s \(Quoting.shell(text)) >\(path).new && mv \(path).new \(path) || exit 1\nsync \(path) >/dev/null 2>&1 &"
    }
}
