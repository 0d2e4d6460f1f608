/// An error for people: what was tried, where, what came back, what to do.
package struct Failure: Error, CustomStringConvertible {
    package var message: String
    package var description: String { message }

    package init(_ message: String) {
        self.message = message
    }
}
