import ArgumentParser
import ClusterModel
import RealDoors

struct SwitchoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchover", abstract: "One planned change of primary, with clients held, not dropped.")

    @OptionGroup var file: FileOption
    @Option(help: "The node that takes over. Default: the best candidate.") var to: String?
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false

    func run() async throws {
        let spec = try file.spec()
        if let to { _ = try spec.declared(to) }
        var run = ChangeRun(spec: spec, yes: yes, json: json)
        run.request = .command(to: to)
        throw try await run.run()
    }
}
