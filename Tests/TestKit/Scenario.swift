package import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Synchronization
package import Systems

/// A cluster as declared and as seen: `var scenario = Scenario.healthy(nodes: 3); try scenario.kill("vm1")`.
///
/// Nothing here asks a real host: what an observer would have seen is written down as values.
package struct Scenario: Sendable {
    package var spec: ClusterSpec
    package var snapshot: ClusterSnapshot

    /// The system identifier of the cluster that the scenarios are about.
    package static let identifier = "7268616322800000001"
    /// The end of the primary's log.
    package static let end = LSN(rawValue: 0x500_0060)

    /// Something in a scenario that does not exist: a mistake in a test.
    package struct Mistake: Error, CustomStringConvertible {
        package var description: String
    }

    /// Everything as cluster.yaml asks for.
    package static func healthy(nodes count: Int) -> Scenario {
        made.withLock { made in
            if let scenario = made[count] { return scenario }
            var scenario = bare(count)
            scenario.makeServersRun(from: "vm1")
            scenario.settle()
            made[count] = scenario
            return scenario
        }
    }

    /// Made once for each size: nearly every test begins with one.
    private static let made = Mutex([Int: Scenario]())

    /// Hosts with Debian's packages installed and nothing else.
    package static func bare(_ count: Int) -> Scenario {
        var scenario = Scenario(spec: Declared.cluster(nodes: count), snapshot: ClusterSnapshot())
        for node in scenario.spec.nodes { scenario.addBareNode(node.name) }
        for host in scenario.spec.pgbouncer?.hosts ?? [] {
            scenario.snapshot.pgbouncer[host.name] = .known(Facts.pooler())
        }
        scenario.snapshot.barman = scenario.spec.barman.map { _ in .known(Facts.backupHost()) }
        return scenario
    }

    /// One running primary, the other hosts bare.
    package static func onePrimary(of count: Int) throws -> Scenario {
        var scenario = healthy(nodes: count)
        for node in scenario.spec.dataNodes.dropFirst() {
            try scenario.forgetRecord(of: node.name)
            try scenario.dropSlot(of: node.name)
            try scenario.wipe(node.name)
        }
        return scenario
    }

    package mutating func addBareNode(_ name: NodeName) {
        snapshot.postgresql[name] = PostgreSQL.Observed(
            host: .known(Facts.bareHost()), server: .unknown(reason: "no server runs"),
            login: .failed(.refused, message: "\(name):5432 refused the connection"))
        snapshot.repmgr[name] = Repmgr.Observed(
            host: .known(
                Repmgr.Observed.HostFacts(
                    configuration: .missing, missingPrograms: [], daemonRuns: false, isWritable: true)),
            registry: .unknown(reason: "no server runs"))
    }

    /// The primary and its standbys as repmgr would have built them; files are not written yet.
    private mutating func makeServersRun(from primary: NodeName) {
        for node in spec.dataNodes {
            edit(node.name) { $0.dataDirectory = .cluster(Facts.controlData(state: "in production")) }
            edit(node.name) { $0.postmasterRuns = true }
            snapshot.postgresql[node.name]?.server = .known(Facts.primary())
            snapshot.postgresql[node.name]?.login = .accepted
            snapshot.repmgr[node.name]?.registry = .known([])
        }
        for node in spec.dataNodes {
            register(node, as: node.name == primary ? nil : primary)
            if node.name != primary { makeStandby(node.name, of: primary) }
        }
    }

    /// Plans and applies in the model until nothing is left to do.
    ///
    /// - Returns: the passes that it took; nil when steps were left after `limit` of them.
    @discardableResult
    package mutating func settle(limit: Int = 4) -> Int? {
        for pass in 0...limit {
            let plan = plan
            if plan.runnable.isEmpty { return pass }
            apply(plan.runnable)
        }
        return nil
    }

    package var plan: Plan { PlanMaker.plan(spec, snapshot) }
}
