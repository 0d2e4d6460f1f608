import ArgumentParser
import Planning
import RealDoors

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say what a finding, a rule or a verdict means and what to do.")

    @Argument(help: "A code as a plan prints it: PRIMARY_DEAD, candidates. Without one all are listed.") var code:
        String?

    func run() throws {
        guard let code else { return list() }
        let explanations = Explanation.of(code)
        guard !explanations.isEmpty else {
            throw Failure("nothing is called \(code): `pgregent explain` lists all codes")
        }
        for explanation in explanations {
            Terminal.print("\(explanation.code)\n  \(explanation.meaning)")
            if let remedy = explanation.remedy { Terminal.print("  What to do: \(remedy)") }
        }
    }

    private func list() {
        for kind in Explanation.Kind.allCases {
            Terminal.print("\(kind.rawValue):")
            for explanation in Explanation.all where explanation.kind == kind {
                Terminal.print("  \(explanation.code): \(explanation.meaning)")
            }
        }
    }
}
