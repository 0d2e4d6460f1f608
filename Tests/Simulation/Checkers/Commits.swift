import ClusterModel

extension Checkers {
    /// Every acknowledged commit is in it.
    static func commits(_ log: Log, _ name: NodeName, _ world: World) throws {
        guard world.promises.commits else { return }
        let lost = world.acknowledged.filter { !log.holds($0) }
        guard let first = lost.first else { return }
        throw Broken(description: "\(name) lacks \(lost.count) acknowledged commits, the first at \(first)")
    }
}
