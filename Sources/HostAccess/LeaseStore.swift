/// Who may change a cluster now. One machine's store is a locked file; a shared one can follow.
package protocol LeaseStore: Sendable {
    /// Takes the lease of a cluster, or says who holds it.
    func acquire(cluster: String) async throws -> LeaseAnswer
}

package enum LeaseAnswer: Sendable {
    /// Ours until `release`, or until this process ends in whatever way.
    case acquired(any Lease)
    /// Somebody else's: process, user and since when, as far as is known.
    case heldBy(String)
}

package protocol Lease: Sendable {
    func release() async
}
