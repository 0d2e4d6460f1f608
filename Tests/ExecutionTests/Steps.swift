import ClusterModel
import HostAccess
import TestKit

/// Steps made by hand, and what they come to.
enum Steps {
    static let spec = Declared.cluster(nodes: 3)

    static func step(_ action: PostgreSQLAction, on host: HostName = "vm1", after: [Step] = []) -> Step {
        var step = Step(.postgresql(action), on: host, cause: .repair)
        (step.preconditions, step.postconditions) = ([], [])
        return step.after(after.map(\.id), .createBeforeRoles)
    }

    static func plan(_ steps: [Step]) -> Plan {
        Plan(
            cluster: "vm95", primary: "vm1", timeline: 1, nodesDeclared: 3, nodesObserved: 3, findings: [], steps: steps
        )
    }
}

/// Every step is one script that says its verb, unless told; every condition one that says its sentence.
struct FakeCommands: StepCommands {
    var work: [Operation]?
    var patience = Duration.zero
    var premise: Check.Premise?

    init(_ work: [Operation]? = nil, patience: Duration = .zero, premise: Check.Premise? = nil) {
        self.work = work
        self.patience = patience
        self.premise = premise
    }

    /// Of scripts, each titled by itself.
    init(scripts: [String]) {
        work = scripts.map { Operation("\($0) on vm1", on: "vm1", as: .login, .script(SecretText($0))) }
    }

    func operations(_ step: Step) -> [Operation] {
        work ?? [
            Operation(
                "\(step.id.name.verb) on \(step.target)", on: step.target, as: .login,
                .script(SecretText(step.id.name.verb)))
        ]
    }

    func check(_ condition: Condition) -> Check? {
        let sentence = condition.sentence(Steps.spec)
        return Check(sentence, on: "vm1", as: .login, .script(sentence), patience: patience, premise: premise)
    }
}
