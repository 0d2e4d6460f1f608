import ClusterModel
import Synchronization
import TestKit

/// What a schedule is about.
struct Variant: CustomStringConvertible {
    var nodes: Int
    var fence: FailoverSpec.Fence
    var command: Bool
    /// Of how many standbys a commit needs the word; 0: asynchronous.
    var confirmations: Int
    /// vm2 has priority 0: it confirms commits, and is never promoted.
    var idle: Bool
    /// Between two observations when nothing happens.
    var interval: Duration
    /// A primary is called silent after 2 × 0.5 s, and not after 3 × 1 s.
    var isQuick: Bool
    /// A second pgregent that knows nothing of the first.
    var two: Bool

    init(_ random: inout SplitMix64) {
        nodes = [3, 3, 5].randomElement(using: &random) ?? 3
        fence = Bool.random(using: &random) ? .required : .bestEffort
        command = Int.random(in: 0..<4, using: &random) == 0
        confirmations = Int.random(in: 0...(nodes == 5 ? 2 : 1), using: &random)
        idle = Int.random(in: 0..<4, using: &random) == 0
        interval = Int.random(in: 0..<3, using: &random) == 0 ? .seconds(1) : .seconds(10)
        two = Int.random(in: 0..<3, using: &random) == 0
        isQuick = Int.random(in: 0..<4, using: &random) == 0
    }

    /// A healthy cluster as it is declared, at rest. The same for all of its kind, so it is brought about once.
    func cluster() -> Scenario {
        let key = "\(nodes) \(fence) \(command) \(confirmations) \(idle) \(interval) \(isQuick)"
        if let known = Self.clusters.withLock({ $0[key] }) { return known }
        var cluster = Scenario.healthy(nodes: nodes)
        declare(&cluster.spec)
        cluster.settle()
        Self.clusters.withLock { $0[key] = cluster }
        return cluster
    }

    private static let clusters = Mutex<[String: Scenario]>([:])

    private func declare(_ spec: inout ClusterSpec) {
        spec.failover.mode = .automatic
        spec.failover.fence = fence
        spec.failover.minimumInterval = .zero
        spec.reconcile.interval = interval
        if isQuick { (spec.failover.reconnectAttempts, spec.failover.reconnectInterval) = (2, .milliseconds(500)) }
        if idle { spec.nodes[1].priority = 0 }
        if command { spec.failover.fenceCommand = "off {node}" }
        guard confirmations > 0 else { return }
        spec.durability.mode = .quorum
        spec.durability.standbys = confirmations
    }

    struct Promises {
        /// A primary that goes on for clients on its side, until it is seen, is what best_effort says.
        var onePrimary: Bool
        /// Without quorum commit, what the old primary had not sent is lost.
        var commits: Bool
    }

    var promises: Promises {
        Promises(onePrimary: confirmations > 0 || command || fence == .required, commits: confirmations > 0)
    }

    var description: String {
        "\(nodes) nodes, fence \(fence.rawValue)\(command ? " by command" : ""), "
            + (confirmations == 0 ? "asynchronous" : "quorum of \(confirmations)")
            + (idle ? ", vm2 never primary" : "") + (isQuick ? ", 2 x 0.5 s" : "") + (two ? ", two pgregents" : "")
    }
}
