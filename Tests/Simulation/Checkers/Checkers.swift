/// What must hold; each names the promise that was broken.
package struct Broken: Error, CustomStringConvertible {
    package var description: String
}

/// A file for each thing that must hold.
package enum Checkers {
    /// After every event.
    static func always(_ world: World) throws {
        try onePrimary(world)
    }
}
