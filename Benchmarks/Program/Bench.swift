import ArgumentParser
import ClusterConfig
import ClusterModel
import ControlLoop
import FoundationEssentials
import HostAccess
import Planning
import RealDoors

/// What `make bench` times inside a process; no part of the product.
@main
struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pgregent-bench", abstract: "Times observing and planning.",
        subcommands: [Passes.self, PlanAlone.self])
}

/// Passes of one process, as the daemon makes them: the first opens everything, each further one finds it open.
struct Passes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passes", abstract: "Time observing and planning, pass after pass.")

    @Option(help: "The cluster's file.") var file: String
    @Argument(help: "How many passes after the first.") var passes: Int

    func run() async throws {
        let spec = try declared()
        let doors = try RealDoors(spec)
        let observer = ClusterObserver(spec: spec, doors: doors)
        var wall = Figures()
        var cpu = Figures()
        var observing = Figures()
        var steps = 0
        for pass in 0...max(1, passes) {
            let used = OwnUse.cpu
            let begin = doors.clock.uptime
            let snapshot = await observer.observe()
            let observed = doors.clock.uptime
            let plan = PlanMaker.plan(spec, snapshot)
            let end = doors.clock.uptime
            steps = plan.steps.count + plan.findings.count
            guard pass > 0 else {
                print("first_ms \((end - begin).milliseconds)")
                continue
            }
            wall.add((end - begin).milliseconds)
            observing.add((observed - begin).milliseconds)
            cpu.add(OwnUse.cpu - used)
        }
        await doors.close()
        let lines = [
            wall.line("wall_ms"), observing.line("observe_ms"), cpu.line("cpu_ms"), "peak_kb \(OwnUse.peakMemory)",
        ]
        print((lines + ["steps_and_findings \(steps)"]).joined(separator: "\n"))
    }
}

extension Passes {
    private func declared() throws -> ClusterSpec {
        let bytes = FileManager.default.contents(atPath: file).map(Array.init) ?? []
        let decoded = ClusterConfig.decode(bytes, file: file)
        guard let spec = decoded.spec else {
            throw ValidationError(decoded.problems.map(\.description).joined(separator: "\n"))
        }
        return spec
    }
}

/// Planning alone, for a cluster that exists in memory only.
struct PlanAlone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Time planning of a made-up cluster.")

    @Argument(help: "How many nodes it has.") var nodes: Int
    @Option(help: "How often it is planned.") var times = 50

    func run() async throws {
        for drifted in [false, true] {
            let cluster = SyntheticCluster(nodes: max(1, nodes), drifted: drifted)
            let snapshot = try cluster.snapshot()
            let clock = SystemClock()
            var wall = Figures()
            var steps = 0
            for _ in 0..<max(1, times) {
                let begin = clock.uptime
                steps = PlanMaker.plan(cluster.spec, snapshot).steps.count
                wall.add((clock.uptime - begin).milliseconds)
            }
            let name = drifted ? "drifted" : "converged"
            print("\(wall.line("\(name)_ms"))\n\(name)_steps \(steps)")
        }
        print("peak_kb \(OwnUse.peakMemory)")
    }
}
