import FoundationEssentials
import Planning
import Rendering
import TestKit
import Testing

/// What `pgregent plan` prints for a state, word for word. GOLDEN_REWRITE=1 writes what it prints now into the files;
/// the difference is then reviewed like any other.
@Suite struct GoldenPlans {
    @Test("plan prints what the scenario says", arguments: try ScenarioFile.all)
    func plan(_ file: ScenarioFile) throws {
        let scenario = try file.scenario()
        let output = PlanText(scenario.plan, scenario.spec, colour: false).text(diffs: false)
        if ProcessInfo.processInfo.environment["GOLDEN_REWRITE"] == "1" {
            try file.rewrite(with: output)
        } else {
            #expect(output + "\n" == file.expected, "\(file.path)")
        }
    }

    @Test("every scenario has a sentence as its title, and no two have the same")
    func titles() throws {
        let titles = try ScenarioFile.all.map(\.title)
        #expect(titles.allSatisfy { $0.hasSuffix(".") && $0.contains(" ") })
        #expect(Set(titles).count == titles.count)
    }
}
