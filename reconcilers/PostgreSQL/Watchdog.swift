package import ClusterModel
import HostAccess

/// The guard of one node (`failover.guard`): a small loop on its host that stops a primary which has for a while seen
/// neither a standby's stream nor any other declared host. Such a primary is the one that is cut off, and the others are
/// about to replace it.
///
/// A host counts as seen when it accepts or refuses a TCP connection: a standby whose server is down for maintenance is no
/// broken network. Stopped is at once, and a mark says by whom, so that pgregent starts the node again where nobody took
/// its place, and rewinds it where somebody did.
package struct Guard: Sendable, Equatable {
    package struct Peer: Sendable, Equatable {
        var host: String
        var port: Int
    }

    let node: NodeSpec
    let peers: [Peer]
    /// Whole seconds of loneliness.
    let seconds: Int64

    /// Nil where no guard is declared, or there is nobody to see.
    package init?(_ spec: ClusterSpec, _ node: NodeSpec) {
        guard spec.failover.guard, node.kind == .data, node.ensure == .present else { return nil }
        self.node = node
        let nodes = spec.nodes.filter { $0.name != node.name && $0.ensure == .present }
        var peers = nodes.map { Peer(host: $0.host, port: $0.postgresql.port) }
        if let pgbouncer = spec.pgbouncer {
            peers += pgbouncer.hosts.filter { !$0.isNode }.map {
                Peer(host: $0.hostSpec.address, port: pgbouncer.port)
            }
        }
        if let barman = spec.barman { peers.append(Peer(host: barman.hostSpec.address, port: barman.ssh.port ?? 22)) }
        guard !peers.isEmpty else { return nil }
        self.peers = peers
        seconds = Self.patience(spec.failover)
    }

    /// As long as the others wait for a sign of life, in whole seconds.
    private static func patience(_ failover: FailoverSpec) -> Int64 {
        let window = (failover.reconnectInterval * failover.reconnectAttempts).components
        return max(1, window.seconds + (window.attoseconds > 0 ? 1 : 0))
    }

    /// How much longer than the window it takes until a lonely primary is down: a round of looking, and the stop.
    package static let margin = Duration.seconds(3)

    /// What the process calls itself, so that it is known from others (at most 15 bytes).
    static let processName = "pgregent-guard"

    /// The whole program, for `sh`.
    package var script: String {
        let layout = NodeLayout(node)
        let asking = peers.map { "see \(Quoting.shell($0.host)) \($0.port) &" }.joined(separator: "\n    ")
        let mark = SwitchoverMark(to: node.name, phase: .guarded)
        return #"""
            #!/bin/sh
            # The guard of \#(node.name), kept by pgregent (cluster.yaml: failover.guard). It stops a primary that has for
            # \#(seconds) s seen neither a standby's stream nor any other host of its cluster.
            echo \#(Self.processName) >/proc/$$/comm
            \#(ServerProcesses.find(node))
            pidfile=\#(Quoting.shell(layout.guardProcessFile))
            mark=\#(Quoting.shell(layout.switchoverMark))
            echo $$ >"$pidfile"
            LC_ALL=C; export LC_ALL

            # Prints a word when the host accepts or refuses a connection: then it is there.
            see() {
                r=$(timeout 1 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "$1" "$2" 2>&1) && { echo seen; return; }
                case $r in *refused*) echo seen;; esac
            }
            peers() {
                \#(asking)
                wait
            }
            streams() {
                timeout 2 \#(Quoting.shell(node.postgresql.binDirectory + "/psql")) -XAtq -p \#(node.postgresql.port) -d postgres -c "SELECT 'seen' FROM pg_stat_replication WHERE state = 'streaming' AND reply_time > now() - interval '\#(seconds) s' LIMIT 1" 2>/dev/null
            }
            halt() {
                printf %s \#(Quoting.shell(mark.text)) >"$mark.new" && mv "$mark.new" "$mark"
                kill -QUIT "$1"; n=0
                while [ -n "$(alive)" ] && [ $n -lt 100 ]; do
                    n=$((n+1)); [ $n = 50 ] && kill -KILL $(alive) 2>/dev/null
                    sleep 0.02
                done
            }

            read -r seen _ </proc/uptime; lonely=0
            while read -r own <"$pidfile" && [ "$own" = $$ ]; do
                sleep 1
                read -r now _ </proc/uptime
                primary=; [ -r "$d/postmaster.pid" ] && [ ! -e "$d/standby.signal" ] && read -r primary <"$d/postmaster.pid"
                if [ -z "$primary" ] || [ -n "$(peers)" ] || [ -n "$(streams)" ]; then seen=$now; lonely=0; continue; fi
                # Twice at least: one that was frozen for a while looks at an old clock first.
                lonely=$((lonely+1)); read -r now _ </proc/uptime
                [ $lonely -ge 2 ] && [ $((${now%.*} - ${seen%.*})) -ge \#(seconds) ] || continue
                halt "$primary"
            done

            """#
    }
}

/// What is run to bring a watchdog about, and to take it away.
struct WatchdogCommands {
    private let node: NodeCommands

    init(_ node: NodeCommands) {
        self.node = node
    }

    func install(_ wanted: Guard, _ state: WatchdogState, observed: String?) -> [Operation] {
        let write = FileWrite(
            path: node.layout.guardScript, observed: observed, content: wanted.script, mode: "0700")
        // The one before ends by itself when the file names another.
        let start =
            "\(stop)\nsetsid sh \(Quoting.shell(node.layout.guardScript)) </dev/null >/dev/null 2>&1 &"
        let program =
            state == .stopped
            ? []
            : [
                Operation(
                    "write the guard of \(node.node.name)", on: node.node.name, as: node.owner, .write(write))
            ]
        return program + [script("start the guard", start)]
    }

    func remove() -> [Operation] {
        [
            script("end the guard", stop),
            script("remove the guard", "rm -f \(Quoting.shell(node.layout.guardScript))"),
        ]
    }

    /// Shell text that sets `guard` to the process id of the running guard, or to nothing.
    static func find(_ layout: NodeLayout) -> String {
        """
        guard=; f=\(Quoting.shell(layout.guardProcessFile)); p=; [ -r "$f" ] && read -r p <"$f"
        c=; [ -n "$p" ] && [ -r "/proc/$p/comm" ] && read -r c <"/proc/$p/comm"
        [ "$c" = \(Guard.processName) ] && guard=$p
        """
    }

    private var stop: String {
        """
        \(Self.find(node.layout))
        [ -z "$guard" ] || kill "$guard"
        rm -f "$f"
        """
    }

    private func script(_ title: String, _ text: String) -> Operation {
        Operation(
            "\(title) of \(node.node.name)", on: node.node.name, as: node.owner, .script(SecretText(text)))
    }
}
