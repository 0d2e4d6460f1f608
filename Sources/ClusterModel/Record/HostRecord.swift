/// What pgregent has to remember about one node, in one small file on the node's own host: a fact that an observation shows.
///
/// The file has lines of `key=value`, `pgregent=1` first. A section is all the lines whose key is its name, or begins with the
/// name and a dot. Sections are written by the shell program `record.sh` of HostAccess, one at a time, each in the place of the
/// one that was observed.
package struct HostRecord: Sendable, Hashable {
    package var work: UnfinishedWork?
    /// Why its server, a primary, was stopped.
    package var stop: RecordedStop?
    /// Between two other nodes, while it lasts.
    package var switchover: Switchover?
    package var failover: RecordedFailover?
    /// It was replaced as primary, and is kept down until it has been rejoined.
    package var isFenced = false
    /// pgregent has paused repmgrd there.
    package var pausesRepmgrd = false
    /// How long ago its server, a crashed primary, was started again since nobody could take over; by the host's clock.
    package var startedAgain: Duration?

    package init() {}

    /// - Parameters:
    ///   - text: of the file; one that is empty says nothing.
    ///   - now: the host's clock, in seconds since 1970; nil: not asked.
    /// - Returns: nil for a file that another version of pgregent has written.
    package init?(text: String, now: Int64?) {
        var lines = text.split(separator: "\n").filter { $0.contains { $0 != " " } }
        guard let first = lines.first else { return }
        guard first == Self.version else { return nil }
        lines.removeFirst()
        var values: [String: String] = [:]
        for line in lines {
            guard let sign = line.firstIndex(of: "=") else { continue }
            values[String(line[..<sign])] = String(line[line.index(after: sign)...])
        }
        work = UnfinishedWork(values)
        stop = RecordedStop(values)
        switchover = Switchover(values)
        failover = RecordedFailover(values, now: now)
        isFenced = values[Self.fence] != nil
        pausesRepmgrd = values[Self.repmgrd] != nil
        if let now, let time = values[Self.startTime].flatMap({ Int64($0) }) { startedAgain = .seconds(now - time) }
    }

    /// The first line.
    package static let version = "pgregent=1"
    /// The names of sections of one line.
    package static let fence = "fenced"
    package static let repmgrd = "repmgrd"
    package static let start = "started"
    /// Seconds since 1970.
    package static let startTime = "started.time"
}

/// A part of a record that takes several lines.
package protocol RecordSection {
    static var name: String { get }
    /// Each ends with a newline.
    var lines: String { get }
}
