private import Glibc

/// The control socket of a host's master connection, seen from outside the ssh program.
struct MasterConnection: Sendable {
    enum State: Sendable {
        case absent
        /// Something accepts connections there, which a hanging master does too.
        case listening
    }

    let path: String

    /// What is there now. A socket that nobody listens to is removed.
    func state() -> State {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard socket >= 0 else { return .absent }
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // EAGAIN: its queue of connections is full; it listens, however badly.
        if result == 0 || errno == EAGAIN { return .listening }
        if errno == ECONNREFUSED { unlink(path) }
        return .absent
    }

    /// Makes the next session start a connection of its own; sessions on the present one go on.
    func retire() {
        unlink(path)
    }

    /// Ends the master at once, even one that does not answer, and removes its socket.
    ///
    /// A background master is found by the title that ssh gives it; the path in it is private to us. (The socket's own
    /// credentials name the process that called `listen`, which is the one that went on as the first session.)
    func end() {
        unlink(path)
        guard let processes = opendir("/proc") else { return }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name), title(of: process) == "ssh: \(path) [mux]" { _ = kill(process, SIGKILL) }
        }
    }

    private func title(of process: pid_t) -> String? {
        let file = open("/proc/\(process)/cmdline", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// Makes sure that `path` is a directory of ours that nobody else may enter; what is wrong with it otherwise.
func privateDirectoryProblem(_ path: String) -> String? {
    _ = mkdir(path, 0o700)
    var status = stat()
    guard lstat(path, &status) == 0 else { return "\(path): \(String(cString: strerror(errno)))" }
    guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
        return "\(path) is not a directory that belongs to the account running pgregent alone (mode 0700)"
    }
    return nil
}
