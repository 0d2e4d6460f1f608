internal import Glibc

/// A started ssh program and our ends of its three streams.
///
/// swift-subprocess gives a child to the body of one call and ends it with that body; a session here outlives the
/// call that opened it, is handed from caller to caller, and must be noticed when it dies between two of them. So the
/// program is spawned directly. Its streams are sockets: only `send` can be told to raise no SIGPIPE.
struct ChildProcess {
    let process: pid_t
    let input: Int32
    let output: Int32
    let errors: Int32

    struct SpawnFailure: Error {
        let code: Int32
        var reason: String { String(cString: strerror(code)) }
    }

    /// Starts `arguments[0]`, found along PATH, in a session of its own: a Ctrl-C on our terminal is ours to handle.
    init(_ arguments: [String]) throws(SpawnFailure) {
        var pairs: [(ours: Int32, theirs: Int32)] = []
        func abandon(_ code: Int32) -> SpawnFailure {
            for pair in pairs {
                close(pair.ours)
                close(pair.theirs)
            }
            return SpawnFailure(code: code)
        }
        for _ in 0..<3 {
            guard let pair = Self.socketPair() else { throw abandon(errno) }
            pairs.append(pair)
        }
        switch Self.spawn(arguments, streams: pairs.map(\.theirs)) {
        case .failure(let failure): throw abandon(failure.code)
        case .success(let process): self.process = process
        }
        for pair in pairs { close(pair.theirs) }
        (input, output, errors) = (pairs[0].ours, pairs[1].ours, pairs[2].ours)
        for descriptor in [output, errors] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    }

    /// The exit status (128 + n after a signal) once the child has ended; reaps it.
    func ended() -> Int32? {
        var status: Int32 = 0
        let result = waitpid(process, &status, WNOHANG)
        if result == 0 || (result < 0 && errno == EINTR) { return nil }
        if result < 0 { return 255 }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    private static func socketPair() -> (ours: Int32, theirs: Int32)? {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return socketpair(AF_UNIX, kind, 0, &ends) == 0 ? (ends[0], ends[1]) : nil
    }

    /// POSIX_SPAWN_SETSID, which glibc declares for GNU sources only.
    private static let setSession: Int32 = 0x80

    private static func spawn(_ arguments: [String], streams: [Int32]) -> Result<pid_t, SpawnFailure> {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (target, stream) in streams.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, stream, Int32(target))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(
            &attributes, Int16(setSession | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, arguments.first ?? "", &actions, &attributes, &words, environ)
        return code == 0 ? .success(process) : .failure(SpawnFailure(code: code))
    }
}
