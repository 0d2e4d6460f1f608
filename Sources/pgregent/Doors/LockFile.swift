import FoundationEssentials
import Glibc
import HostAccess
import RealDoors

/// One pgregent for a cluster on this machine, whatever account it runs as: a locked file, which the kernel unlocks whatever
/// ends the process.
struct LockFile: LeaseStore {
    private let state: StateDirectory

    init(_ state: StateDirectory) {
        self.state = state
    }

    /// Every account may open it; where there is no directory for that, the state directory has it.
    private var path: String {
        Places.lockDirectory.map { "\($0)/pgregent-\(state.name).lock" } ?? state.path + "/lock"
    }

    func acquire(cluster: String) async throws -> LeaseAnswer {
        let path = path
        let descriptor = Self.open(path)
        guard descriptor >= 0 else {
            throw Failure(
                "lock \(path) cannot be opened: \(String(cString: strerror(errno))): remove it if no pgregent runs here"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw Failure("lock \(path) cannot be taken: \(String(cString: strerror(reason)))")
            }
            let holder = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return .heldBy(holder.isEmpty ? "see \(path)" : holder.trimmed)
        }
        ftruncate(descriptor, 0)
        let text = Array(
            "process \(getpid()) of \(Places.account), since \(Timestamp.text(Date().timeIntervalSince1970))\n".utf8)
        pwrite(descriptor, text, text.count, 0)
        return .acquired(Held(descriptor: descriptor))
    }

    /// Another account's file in a directory that everybody may write is not opened with O_CREAT
    /// (the kernel's fs.protected_regular), and never through a link.
    private static func open(_ path: String) -> Int32 {
        for _ in 1...2 {
            let existing = Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            if existing >= 0 || errno != ENOENT { return existing }
            let made = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
            if made >= 0 {
                fchmod(made, 0o666)
                return made
            }
            // Somebody else has made it in between.
            guard errno == EEXIST else { return made }
        }
        return -1
    }

    private struct Held: Lease {
        let descriptor: Int32

        func release() async {
            close(descriptor)
        }
    }
}
