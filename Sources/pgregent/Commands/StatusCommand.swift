import ArgumentParser
import ClusterModel
import ControlLoop
import FoundationEssentials
import HostAccess
import RealDoors

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "status", abstract: "Show the cluster as it is.")

    @OptionGroup var file: FileOption
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Refresh in place until interrupted.") var watch = false

    func run() async throws {
        let spec = try file.spec()
        let doors = try RealDoors(spec)
        repeat {
            let snapshot = await ClusterObserver(spec: spec, doors: doors, deep: true).observe()
            let status = ClusterStatus(spec, snapshot)
            let text = json ? StatusJSON(status).text : StatusText(status, colour: Terminal.colour).text
            if watch, Terminal.isTerminal { Terminal.clear() }
            Terminal.print(text)
            if !watch {
                await doors.close()
                throw status.plan.exitStatus(pending: false)
            }
            try await doors.clock.sleep(for: spec.reconcile.interval)
        } while watch
    }
}
