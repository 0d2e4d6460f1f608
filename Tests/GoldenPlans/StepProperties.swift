import ClusterModel
import HostAccess
import Planning
import Systems
import TestKit
import Testing

/// What a step's action says of itself, held against what it comes to.
@Suite struct StepProperties {
    @Test(
        "a step names the hosts that its operations go to, and the nodes whose sessions they use",
        arguments: try ScenarioFile.all)
    func places(_ file: ScenarioFile) throws {
        var scenario = try file.scenario()
        for _ in 0..<4 {
            let commands = ClusterCommands(scenario.spec)
            for step in scenario.plan.steps {
                let places = Places(commands.operations(step))
                #expect(step.hosts.subtracting(scenario.spec.hosts.map(\.name)).isEmpty, "\(step.id)")
                #expect(places.hosts.isSubset(of: step.hosts), "\(step.id): \(places.hosts) and \(step.hosts)")
                #expect(places.sessions.isSubset(of: step.sessions), "\(step.id): \(places.sessions)")
            }
            scenario.apply(scenario.plan.runnable)
        }
    }

    private struct Places {
        var hosts: Set<HostName> = []
        var sessions: Set<NodeName> = []

        init(_ operations: [Operation]) {
            for operation in operations {
                switch operation.work {
                case .local: continue
                case .transfer(let source, _, _, _): hosts.insert(source)
                case .caughtUp(let primary, _): hosts.insert(primary)
                case .session: sessions.insert(operation.host)
                case .script, .sql, .count, .write, .edit: break
                }
                hosts.insert(operation.host)
            }
        }
    }

    @Test("everything that a step requires or ensures can be asked of the hosts", arguments: try ScenarioFile.all)
    func questions(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let commands = ClusterCommands(scenario.spec)
        for step in scenario.plan.steps {
            for condition in step.preconditions + step.postconditions {
                #expect(commands.check(condition) != nil, "\(step.id): \(condition)")
            }
        }
    }

    @Test("what a step ensures is so in what it is said to bring about", arguments: try ScenarioFile.all)
    func effects(_ file: ScenarioFile) throws {
        var scenario = try file.scenario()
        for _ in 0..<4 {
            for step in scenario.plan.runnable {
                scenario.apply(step)
                for condition in step.postconditions {
                    #expect(
                        condition.holds(in: scenario.snapshot, scenario.spec),
                        "\(step.id): \(condition.sentence(scenario.spec))")
                }
            }
        }
    }

    @Test("no step waits for another without a rule that has a sentence")
    func rules() {
        for rule in RuleName.allCases { #expect(rule.sentence.count > 20, "\(rule)") }
        #expect(Set(RuleName.allCases.map(\.sentence)).count == RuleName.allCases.count)
    }
}
