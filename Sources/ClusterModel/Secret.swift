/// Where a password is found; a password itself never stands in cluster.yaml.
package enum SecretSource: Hashable, Sendable, Codable {
    /// A file on the machine that runs pgregent; one trailing newline is not part of the password.
    case file(String)
    /// An environment variable of pgregent.
    case environment(String)
}

/// A text that must not reach a log, an argument list or a plan: printing it prints asterisks.
package struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The text itself. Every use of it is worth a second look.
    package let exposed: String

    package init(_ text: String) {
        exposed = text
    }

    package var description: String { "********" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
