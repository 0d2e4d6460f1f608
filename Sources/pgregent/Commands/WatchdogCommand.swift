import ArgumentParser
import ClusterModel
import PostgreSQL
import RealDoors

struct WatchdogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guard",
        abstract: "Prints the guard of a node: the loop that `failover.guard: true` has on its host.")

    @OptionGroup var file: FileOption
    @Option(help: "The node whose guard it is.") var node: String

    func run() async throws {
        var spec = try file.spec()
        spec.failover.guard = true
        guard let declared = spec.node(node) else {
            throw Failure(
                "node \(node) is not declared; declared are \(spec.nodes.map(\.name).joined(separator: ", "))")
        }
        guard let program = Watchdog(spec, declared) else {
            throw Failure("\(node) has no guard: it holds no data of the cluster, or there is no other host to be seen")
        }
        Terminal.print(program.script, terminator: "")
    }
}
