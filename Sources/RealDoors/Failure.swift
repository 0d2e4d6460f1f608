/// An error for people: what was tried, where, what came back, what to do.
package struct Failure: Error {
    package var message: String

    package init(_ message: String) {
        self.message = message
    }
}
