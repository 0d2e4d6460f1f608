import ClusterModel

extension Checkers {
    /// Never two nodes that clients are led to and that answer a commit, where the file promises it.
    static func onePrimary(_ world: World) throws {
        guard world.promises.onePrimary else { return }
        let taking = world.served.filter { world.acknowledges($0) && !world.handMade.contains($0) }
        guard taking.count > 1 else { return }
        throw Broken(description: "two primaries for clients: \(taking.joined(separator: ", "))")
    }

    /// What nobody's hand did, pgregent did. Where the file promises no more than an effort, it tells a person at least.
    static func noSecondPrimary(_ world: World, isTold: Bool) throws {
        guard hasSecondPrimary(world), !isTold || world.promises.onePrimary else { return }
        let writable = world.nodes.map(\.name).filter { world.takesWrites($0) }
        throw Broken(description: "at rest these take writes, and no hand made them: \(writable)")
    }

    static func hasSecondPrimary(_ world: World) -> Bool {
        world.handMade.isEmpty && world.nodes.count { world.takesWrites($0.name) } > 1
    }
}
