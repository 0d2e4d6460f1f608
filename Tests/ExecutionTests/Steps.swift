import ClusterModel
import TestKit

/// Steps made by hand.
enum Steps {
    static let spec = Declared.cluster(nodes: 3)

    static func step(
        _ action: String, on host: HostName = "vm1", after: Set<String> = [], scripts: [String] = ["do it"]
    ) -> Step {
        var step = Step(
            "postgresql", action, host, .change, cause: .repair, summary: action, reason: "a test",
            operations: scripts.map { Operation("\($0) on \(host)", on: host, as: .login, .script(SecretText($0))) })
        step.after = after
        return step
    }

    static func check(_ sentence: String, patience: Duration = .zero) -> Check {
        Check(sentence, on: "vm1", as: .login, .script(sentence), patience: patience)
    }

    static func plan(_ steps: [Step]) -> Plan {
        Plan(
            cluster: "vm95", primary: "vm1", timeline: 1, nodesDeclared: 3, nodesObserved: 3, findings: [], steps: steps
        )
    }
}
