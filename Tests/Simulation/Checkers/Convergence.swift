import ClusterModel

extension Checkers {
    /// Once faults are over there is an end to what pgregent does.
    ///
    /// - Parameter left: what it would still do, long after.
    static func converged(_ left: [Step]) throws {
        guard !left.isEmpty else { return }
        throw Broken(description: "it does not come to rest: \(left.map(\.id).joined(separator: ", "))")
    }
}
