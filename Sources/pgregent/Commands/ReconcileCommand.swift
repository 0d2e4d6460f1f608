import ArgumentParser
import Logging

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Observe, plan and apply: once, or as a daemon.")

    @OptionGroup var file: FileOption
    @Flag(help: "One run, then end (CI, cron).") var once = false
    @Option(help: "Apply a saved plan, if it still is the plan.") var plan: String?
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false

    @Option(help: "The daemon's log: text or json.") var logFormat = LogFormat.text

    enum LogFormat: String, ExpressibleByArgument { case text, json }

    func validate() throws {
        if !once, plan != nil { throw ValidationError("a saved plan is applied once: add --once") }
        if !once, json {
            throw ValidationError("--json prints the result of one run: add --once, or use --log-format json")
        }
    }

    func run() async throws {
        guard once else { throw try await DaemonRun(file: file, spec: try file.spec(), logger: logger).run() }
        var run = ChangeRun(spec: try file.spec(), yes: yes, json: json)
        run.savedPlan = plan
        throw try await run.run()
    }

    private var logger: Logger {
        Logger(label: "pgregent") { label in
            switch logFormat {
            case .text: StreamLogHandler.standardError(label: label)
            case .json: JSONLogHandler(label: label)
            }
        }
    }
}
