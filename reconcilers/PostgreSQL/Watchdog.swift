package import ClusterModel
import HostAccess

/// The guard of one node (`failover.guard`): a small loop on its host that stops a primary which has for a while seen
/// neither a standby's stream nor any other declared host. Such a primary is the one that is cut off, and the others are
/// about to replace it.
///
/// A host counts as seen when it accepts or refuses a TCP connection: a standby whose server is down for maintenance is no
/// broken network. Stopped is at once, and a mark says by whom, so that pgregent starts the node again where nobody took
/// its place, and rewinds it where somebody did.
package struct Watchdog: Sendable, Equatable {
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

    /// The whole program, for `sh`.
    package var script: String {
        let layout = NodeLayout(node)
        let program = ShellProgram(
            Scripts.watchdog,
            [
                "guarded": RecordedStop(to: node.name, phase: .guarded).lines, "bin": node.postgresql.binDirectory,
                "port": String(node.postgresql.port), "seconds": String(seconds),
            ], words: peers.flatMap { [$0.host, String($0.port)] },
            after: [layout.record.functions, ServerProcesses.find(node)])
        return """
            #!/bin/sh
            # The guard of \(node.name), kept by pgregent (cluster.yaml: failover.guard). It stops a primary that has for
            # \(seconds) s seen neither a standby's stream nor any other host of its cluster.
            \(program)

            """
    }
}

/// What is run to bring a watchdog about, and to take it away.
struct WatchdogCommands {
    private let node: NodeCommands

    init(_ node: NodeCommands) {
        self.node = node
    }

    func install(_ wanted: Watchdog, _ state: WatchdogState, observed: String?) -> [Operation] {
        let write = FileWrite(
            path: node.layout.watchdogScript, observed: observed, content: wanted.script, mode: "0700")
        let start = ShellProgram(Scripts.startWatchdog, after: [stop])
        let directory = node.layout.record.functions.calling("make_record_directory")
        let program =
            state == .stopped
            ? []
            : [
                script("make the directory of the record", directory.description),
                Operation(
                    "write the guard of \(node.node.name)", on: node.node.name, as: node.owner, .write(write)),
            ]
        return program + [script("start the guard", start.description)]
    }

    func remove() -> [Operation] {
        [
            script("end the guard", stop.calling("stop_watchdog").description),
            script(
                "remove the guard", node.layout.record.functions.calling("rm -f \"$record.guard\"").description),
        ]
    }

    /// Defines `find_watchdog`, which sets `guard` to the process id of the running guard, or to nothing.
    static func find(_ layout: NodeLayout) -> ShellProgram {
        ShellProgram(Scripts.findWatchdog, after: [layout.record.functions])
    }

    /// Defines `stop_watchdog`.
    private var stop: ShellProgram { ShellProgram(Scripts.stopWatchdog, after: [Self.find(node.layout)]) }

    private func script(_ title: String, _ text: String) -> Operation {
        Operation(
            "\(title) of \(node.node.name)", on: node.node.name, as: node.owner, .script(SecretText(text)))
    }
}
