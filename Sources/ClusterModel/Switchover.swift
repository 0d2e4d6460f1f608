/// A planned change of primary.
package struct Switchover: Sendable, Hashable {
    package var from: NodeName
    package var to: NodeName

    package init(from: NodeName, to: NodeName) {
        self.from = from
        self.to = to
    }

    /// Who asks for one.
    package enum Request: Sendable, Hashable {
        /// A person, for this node or for the best one.
        case command(to: NodeName?)
        /// `preferred_primary` in the file.
        case preference
    }
}
