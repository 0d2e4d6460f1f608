import ArgumentParser

struct ReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Observe, plan and apply, until nothing is left to do.")

    @OptionGroup var file: FileOption
    @Flag(help: "One run, then end (CI, cron).") var once = false
    @Option(help: "Apply a saved plan, if it still is the plan.") var plan: String?
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        guard once else {
            throw ValidationError(
                "this version reconciles once at a time: run `pgregent reconcile --once` (from cron, say)")
        }
    }

    func run() async throws {
        var run = ChangeRun(spec: try file.spec(), yes: yes, json: json)
        run.savedPlan = plan
        throw try await run.run()
    }
}
