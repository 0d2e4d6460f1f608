import ArgumentParser
import ClusterModel
import RealDoors

struct FailoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "failover", abstract: "A person's decision to replace a primary that is gone.")

    @OptionGroup var file: FileOption
    @Option(help: "The node that takes over. Default: the most advanced, then the one with the higher priority.")
    var to: String?
    @Flag(help: "Promote though commits may be lost or the old primary may live on. For this run only.")
    var acceptDataLoss = false
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let spec = try file.spec()
        if let to { _ = try spec.declared(to) }
        var run = ChangeRun(spec: spec, yes: yes, json: json)
        run.request = nil
        run.failover = .command(to: to, acceptDataLoss: acceptDataLoss)
        throw try await run.run()
    }
}
