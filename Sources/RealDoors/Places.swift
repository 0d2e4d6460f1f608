import FoundationEssentials
import Glibc

/// Where pgregent keeps its own things on the machine that it runs on.
package enum Places {
    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    package static var home: String {
        if let home = environment["HOME"], home.hasPrefix("/") { return home }
        guard let entry = getpwuid(getuid()), let directory = entry.pointee.pw_dir else { return "/" }
        return String(cString: directory)
    }

    package static func expanded(_ path: String) -> String {
        path.hasPrefix("~/") ? home + path.dropFirst(1) : path
    }

    /// The journal and the used plans: `$PGREGENT_STATE_DIR`, /var/lib/pgregent for root, otherwise the user's state.
    package static var stateDirectory: String {
        if let named = environment["PGREGENT_STATE_DIR"], !named.isEmpty { return named }
        if getuid() == 0 { return "/var/lib/pgregent" }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/pgregent" }
        return home + "/.local/state/pgregent"
    }

    /// Where all accounts of this machine meet: `$PGREGENT_LOCK_DIR`, or what the system has for that; nil where it has nothing.
    package static var lockDirectory: String? {
        if let named = environment["PGREGENT_LOCK_DIR"], !named.isEmpty { return named }
        return ["/run/lock", "/var/lock"].first { access($0, W_OK) == 0 }
    }

    /// Who runs this.
    package static var account: String {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "user \(getuid())" }
        return String(cString: name)
    }

    /// Where the daemon's socket for commands is, for all who may write to it: `$PGREGENT_RUN_DIR`, /run/pgregent.
    package static var commonSocketDirectory: String {
        if let named = environment["PGREGENT_RUN_DIR"], !named.isEmpty { return named }
        return "/run/pgregent"
    }

    /// That one, and our own where it is not to be had.
    ///
    /// - Parameter isDaemon: what is missing is made.
    package static func socketDirectories(isDaemon: Bool) -> [String] {
        if isDaemon, mkdir(commonSocketDirectory, 0o755) == 0 { chmod(commonSocketDirectory, 0o755) }
        return [commonSocketDirectory] + [try? runtimeDirectory()].compactMap { $0 }
    }

    /// Sockets of ssh's master connections: short paths, and nobody else's business.
    static func runtimeDirectory() throws -> String {
        var path = "/tmp/pgregent-\(getuid())"
        if let runtime = environment["XDG_RUNTIME_DIR"], runtime.hasPrefix("/"), runtime.utf8.count < 40,
            access(runtime, W_OK) == 0
        {
            path = runtime + "/pgregent"
        } else if getuid() == 0 {
            if mkdir("/run/pgregent", 0o755) == 0 { chmod("/run/pgregent", 0o755) }
            path = "/run/pgregent/root"
        }
        try makePrivate(path)
        return path
    }

    /// Makes a directory that only we may enter, and refuses one that somebody else has put there.
    package static func makePrivate(_ path: String) throws {
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw Failure("directory \(path) cannot be made: \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid() else {
            throw Failure("\(path) is not a directory of ours: remove it")
        }
        if status.st_mode & 0o077 != 0 { chmod(path, 0o700) }
    }
}
