import HostAccess
import JSONText
import Logging
import RealDoors

/// One JSON object a line on standard error.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    let label: String

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var members = [
            JSON.Member("time", .string(Timestamp.text(SystemClock().secondsSinceEpoch))),
            JSON.Member("level", .string(event.level.rawValue)), JSON.Member("message", .string("\(event.message)")),
        ]
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        members += all.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string("\($0.value)")) }
        Terminal.error(JSON.object(members).line)
    }
}
