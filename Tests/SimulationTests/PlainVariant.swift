import ClusterModel
import TestKit

@testable import Simulation

extension Variant {
    /// Three nodes and one pgregent; nothing is left to chance.
    static func plain(
        confirmations: Int, isQuick: Bool = false, nodes: Int = 3, fence: FailoverSpec.Fence = .required
    ) -> Variant {
        var random = SplitMix64(seed: 1)
        var variant = Variant(&random)
        (variant.nodes, variant.fence, variant.command, variant.confirmations) = (nodes, fence, false, confirmations)
        (variant.idle, variant.two, variant.isQuick, variant.interval) = (false, false, isQuick, .seconds(10))
        return variant
    }
}
