/// What somebody is making in a data directory, or has left unfinished there.
package struct UnfinishedWork: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case clone
        case rewind
        case creation
        case recovery
        /// What lies there is not wanted any more: a clone takes its place.
        case givenUp = "given-up"
    }

    package var kind: Kind
    /// The configuration is made by it too, and goes with it.
    package var makesConfiguration: Bool
    /// Who is or was at it, as `PID START`; nil: nobody.
    ///
    /// START is when the process began, in clock ticks since the host booted (field 22 of proc(5)'s stat): a number is given
    /// again after a reboot, and whoever has it then is at other work.
    package var process: String?

    package init(_ kind: Kind, makesConfiguration: Bool = false, process: String? = nil) {
        self.kind = kind
        self.makesConfiguration = makesConfiguration
        self.process = process
    }

    /// The number alone.
    package var processID: String? { process?.split(separator: " ").first.map(String.init) }
}

extension UnfinishedWork: RecordSection {
    package static let name = "work"

    init?(_ values: [String: String]) {
        guard let kind = values["work"].flatMap(Kind.init) else { return nil }
        self.init(kind, makesConfiguration: values["work.configuration"] != nil, process: values["work.process"])
    }

    package var lines: String {
        "work=\(kind.rawValue)\n" + (makesConfiguration ? "work.configuration=yes\n" : "")
            + (process.map { "work.process=\($0)\n" } ?? "")
    }
}
