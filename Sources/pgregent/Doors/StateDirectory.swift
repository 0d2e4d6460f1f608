import ClusterModel
import Execution
import FoundationEssentials
import Glibc
import HostAccess
import JSONText
import RealDoors

/// The directory that keeps one cluster's journal, lock and used plans.
struct StateDirectory {
    let path: String
    /// The cluster's name, as it names a file.
    let name: String

    /// Made when it is missing.
    init(cluster: String) throws {
        name = FileName.encoded(cluster)
        path = Places.stateDirectory + "/" + name
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw Failure("state directory \(path) cannot be made: \(error): set $PGREGENT_STATE_DIR")
        }
        Self.leaveToOwner(path, of: Places.stateDirectory)
    }

    /// What root makes in a directory of another account, the service's say, is that account's.
    static func leaveToOwner(_ path: String, of directory: String) {
        var (parent, own) = (stat(), stat())
        guard getuid() == 0, stat(directory, &parent) == 0, parent.st_uid != 0, lstat(path, &own) == 0, own.st_uid == 0
        else { return }
        lchown(path, parent.st_uid, parent.st_gid)
    }

    var journalPath: String { path + "/journal.jsonl" }
    private var usedPlansPath: String { path + "/used-plans" }

    func isUsed(_ serial: String) -> Bool {
        let used = FileManager.default.contents(atPath: usedPlansPath).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return used.split(separator: "\n").contains { $0 == serial }
    }

    func markUsed(_ serial: String) throws {
        try AppendedFile(usedPlansPath).append(serial)
    }
}

/// Whole lines put at a file's end.
struct AppendedFile {
    private let path: String
    private let limit: Int?

    /// - Parameter limit: in bytes. A file that has reached it becomes `PATH.1`, in the place of the one before, and a new one is begun.
    init(_ path: String, limit: Int? = nil) {
        self.path = path
        self.limit = limit
    }

    /// - Parameter isUrgent: we do not wait until it is on the disk; the next line that is not urgent takes it along, or the kernel.
    func append(_ line: String, isUrgent: Bool = false) throws {
        rotate()
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be opened: \(String(cString: strerror(errno)))") }
        defer { Glibc.close(descriptor) }
        if let slash = path.lastIndex(of: "/") { StateDirectory.leaveToOwner(path, of: String(path[..<slash])) }
        let bytes = Array((line + "\n").utf8)
        // One write call, so that lines of two processes never mix.
        let written = write(descriptor, bytes, bytes.count)
        guard written == bytes.count else {
            let reason = written < 0 ? errno : ENOSPC
            // Half a line would spoil the next one, too.
            if written > 0 { ftruncate(descriptor, lseek(descriptor, 0, SEEK_END) - written) }
            throw Failure("\(path) cannot be written: \(String(cString: strerror(reason)))")
        }
        guard isUrgent || fdatasync(descriptor) == 0 else {
            throw Failure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}

extension AppendedFile {
    /// Of two processes that come here at once the second finds another file in its place. Where it is not possible the file grows on.
    private func rotate() {
        guard let limit, Self.size(of: path) ?? 0 >= limit else { return }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        var (opened, named) = (stat(), stat())
        guard flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &opened) == 0, stat(path, &named) == 0,
            opened.st_ino == named.st_ino
        else { return }
        rename(path, path + ".1")
    }

    private static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}

/// The journal: one JSON object a line.
struct JournalFile: JournalSink {
    private let file: AppendedFile
    private let asker: String
    private static let limit = 16 << 20

    /// - Parameter asker: for whom its entries are done.
    init(_ state: StateDirectory, for asker: String) throws {
        file = AppendedFile(state.journalPath, limit: Self.limit)
        self.asker = asker
    }

    func record(_ entry: JournalEntry) async throws {
        var members: [JSON.Member] = [
            JSON.Member("time", .string(Timestamp.text(entry.time))), JSON.Member("pass", .string(entry.pass)),
            JSON.Member("step", .string(entry.step)), JSON.Member("action", .string(entry.action)),
            JSON.Member("target", .string(entry.target)), JSON.Member("outcome", .string(entry.outcome.rawValue)),
        ]
        if let duration = entry.duration {
            members.append(JSON.Member("duration", .number((duration * 1000).rounded() / 1000)))
        }
        if let message = entry.message { members.append(JSON.Member("message", .string(message))) }
        members.append(JSON.Member("by", .string(asker)))
        try file.append(JSON.object(members).line, isUrgent: entry.isUrgent)
    }
}

/// Times as RFC 3339, in UTC, to the millisecond.
enum Timestamp {
    static func text(_ seconds: Double) -> String {
        var parts = tm()
        var whole = time_t(seconds.rounded(.down))
        gmtime_r(&whole, &parts)
        func padded(_ number: Int32, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let milliseconds = Int32(((seconds - seconds.rounded(.down)) * 1000).rounded(.down))
        return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))T"
            + "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2)).\(padded(milliseconds, 3))Z"
    }
}

/// Names a run in the journal: when it began, and which process it was.
enum PassName {
    static func new(_ clock: any WallClock) -> String {
        Timestamp.text(clock.secondsSinceEpoch) + "-\(getpid())"
    }
}
