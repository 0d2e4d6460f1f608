import ClusterModel
import HostAccess
import Planning
import Systems
import TestKit
import Testing

@testable import PostgreSQL

@Suite struct ParameterOrderTests {
    private func order(of action: ActionName, in scenario: Scenario) -> [NodeName] {
        scenario.plan.runnable.filter { $0.id.name == action }.map(\.target)
    }

    @Test("what standbys must not have less of is raised on them first and lowered on the primary first")
    func direction() {
        var raised = Scenario.healthy(nodes: 3)
        raised.declareParameter("max_connections", "200")
        #expect(order(of: .postgresqlRestart, in: raised).last == "vm1")
        var lowered = Scenario.healthy(nodes: 3)
        lowered.declareParameter("max_connections", "50")
        #expect(order(of: .postgresqlRestart, in: lowered).first == "vm1")
    }

    @Test("the value is not even written where a restart by somebody else would take it too early")
    func writtenInOrder() {
        var lowered = Scenario.healthy(nodes: 3)
        lowered.declareParameter("max_connections", "50")
        let standby = lowered.plan.steps.first { $0.id == StepID(.postgresqlParameters, "vm2") }
        #expect(standby?.after[StepID(.postgresqlRestart, "vm1")] == .loweredOnPrimaryFirst)
    }

    @Test("what standbys must not have less of is not raised while one of them cannot be seen")
    func unseenStandby() throws {
        var scenario = Scenario.healthy(nodes: 3)
        scenario.declareParameter("max_connections", "200")
        try scenario.lose("vm3")
        #expect(order(of: .postgresqlRestart, in: scenario) == ["vm2"])
        let held = scenario.plan.held.first { $0.id == StepID(.postgresqlRestart, "vm1") }
        #expect(held?.heldBy?.rule == .safety(.standbysFirst) && held?.heldBy?.reason.contains("vm3") == true)
        #expect(scenario.plan.held.contains { $0.id == StepID(.postgresqlParameters, "vm1") }, "nor is it written")
    }

    @Test("a standby that is declared to have less than its primary is not given it")
    func declaredLess() throws {
        var scenario = Scenario.healthy(nodes: 2)
        try scenario.declare("vm2") { $0.postgresql.parameters.append(Setting("max_connections", "50")) }
        #expect(order(of: .postgresqlRestart, in: scenario) == [])
        #expect(scenario.plan.held.contains { $0.id == StepID(.postgresqlRestart, "vm2") })
    }

    /// Raised and lowered at once, in every mixture, over three nodes: after each step of the plan no standby has less
    /// than the primary, and a restart by somebody else would not make it so.
    @Test("at every prefix of the plan each standby has at least what its primary has", arguments: 0..<60)
    func everyPrefix(_ seed: Int) throws {
        var scenario = Scenario.healthy(nodes: 3)
        var random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func below(_ limit: UInt64) -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (random >> 33) % limit
        }
        let names = StandbyAmounts.names.map(\.key)
        for name in names where below(4) > 0 { scenario.declareParameter(name, String(20 + below(4) * 40)) }
        if below(2) == 0 { scenario.declareParameter("wal_log_hints", "off") }
        for pass in 0..<3 {
            let plan = scenario.plan
            #expect(plan.held.isEmpty, "\(plan.held.map(\.id))")
            // Barman's receiver ends with the primary's restart, and is what is left to be started.
            let left = plan.runnable.map(\.id).filter { pass == 2 || $0.name != .barmanReceive }
            #expect(pass == 0 || left.isEmpty, "\(left)")
            for step in plan.runnable {
                scenario.apply(step)
                for name in names { expectEnough(of: name, in: scenario, after: step.id) }
            }
        }
    }

    private func expectEnough(of name: String, in scenario: Scenario, after step: StepID) {
        func running(_ node: NodeName) -> Int {
            scenario.snapshot.server(node)?.parameters[name].flatMap { Int($0.value) } ?? 0
        }
        func written(_ node: NodeName) -> Int {
            let lines = scenario.snapshot.host(node)?.configuration.text.flatMap { ManagedBlock.lines(in: $0) } ?? []
            let value = INIText(lines.joined(separator: "\n")).value(of: name, in: "")
            return value.flatMap { Int(unquoted($0)) } ?? running(node)
        }
        for standby in ["vm2", "vm3"] {
            #expect(running(standby) >= running("vm1"), "\(name) of \(standby) after \(step)")
            #expect(written(standby) >= running("vm1"), "\(name) in \(standby)'s file after \(step)")
            #expect(written("vm1") <= running(standby), "\(name) in vm1's file, \(standby), after \(step)")
        }
    }
}

@Suite struct HBATests {
    @Test("names are quoted where they would mean something else, addresses get their masks")
    func lines() {
        var spec = Declared.cluster(nodes: 2)
        spec.repmgr.user = "all"
        spec.repmgr.database = "o\"dd, name"
        spec.nodes[1].host = "10.0.0.2"
        spec.barman?.host = "fd00::7"
        let lines = HBA(spec).lines(for: spec.nodes[0])
        #expect(lines.first == "host all all 10.0.0.0/8 scram-sha-256")
        #expect(lines.contains("host \"o\"\"dd, name\" \"all\" vm1 scram-sha-256"))
        #expect(lines.contains("host replication \"all\" 10.0.0.2/32 scram-sha-256"))
        #expect(lines.contains("host postgres barman fd00::7/128 scram-sha-256"))
        #expect(lines.allSatisfy { !$0.contains("trust") })
    }

    @Test("without declared passwords nothing but the file's own lines is opened")
    func noPasswords() {
        var spec = Declared.cluster(nodes: 2)
        spec.repmgr.password = nil
        spec.barman?.password = nil
        spec.barman?.streamingPassword = nil
        #expect(HBA(spec).lines(for: spec.nodes[0]) == spec.postgresql.hba)
    }
}
