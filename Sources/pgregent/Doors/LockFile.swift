import FoundationEssentials
import Glibc
import HostAccess
import RealDoors

/// One pgregent for a cluster on this machine: a locked file, which the kernel unlocks whatever ends the process.
struct LockFile: LeaseStore {
    private let state: StateDirectory

    init(_ state: StateDirectory) {
        self.state = state
    }

    func acquire(cluster: String) async throws -> LeaseAnswer {
        let descriptor = open(state.lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else {
            throw Failure("lock \(state.lockPath) cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            close(descriptor)
            guard reason == EWOULDBLOCK else {
                throw Failure("lock \(state.lockPath) cannot be taken: \(String(cString: strerror(reason)))")
            }
            let holder =
                FileManager.default.contents(atPath: state.lockPath).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return .heldBy(holder.isEmpty ? "see \(state.lockPath)" : holder.trimmed)
        }
        ftruncate(descriptor, 0)
        let text = Array("process \(getpid()), since \(Timestamp.text(Date().timeIntervalSince1970))\n".utf8)
        pwrite(descriptor, text, text.count, 0)
        return .acquired(Held(descriptor: descriptor))
    }

    private struct Held: Lease {
        let descriptor: Int32

        func release() async {
            close(descriptor)
        }
    }
}
