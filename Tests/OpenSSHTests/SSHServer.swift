import ClusterModel
import Foundation
import HostAccess
import OpenSSH
import Testing

/// One after the other: some of the tests count this process's children and descriptors.
@Suite("OpenSSH", .serialized, .enabled(if: SSHServer.obstacle == nil, "needs root and openssh-server"))
enum OpenSSHTests {}

/// A real sshd on a loopback port with keys and configuration of its own, and everything in one temporary directory.
final class SSHServer: Sendable {
    let directory: String
    let port: Int
    private let daemon: Mutexed<pid_t?> = Mutexed(nil)

    /// Why the tests cannot run here, if so.
    static var obstacle: String? {
        if geteuid() != 0 { return "starting an sshd that lets several accounts in needs root" }
        let programs: [String] = ["/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"]
        return programs.first { access($0, X_OK) != 0 }.map { "\($0) is not installed" }
    }

    init() throws {
        directory = "/tmp/pgregent-test-" + UUID().uuidString.prefix(8)
        port = try Self.freePort()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: "/run/sshd", withIntermediateDirectories: true)
        for name in ["host", "otherhost", "user", "otheruser"] {
            _ = Self.lines("/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(directory)/\(name)")
        }
        try FileManager.default.copyItem(atPath: "\(directory)/user.pub", toPath: "\(directory)/authorized")
        chmod(directory, 0o755)
        try write(
            "sshd_config",
            """
            ListenAddress 127.0.0.1
            Port \(port)
            HostKey \(directory)/host
            AuthorizedKeysFile \(directory)/authorized
            PidFile none
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UsePAM yes
            StrictModes no
            """)
        try pin("host", in: "known")
        try pin("otherhost", in: "changed")
        try write("unknown", "")
        try start()
    }

    func start() throws {
        daemon.value = spawn(["/usr/sbin/sshd", "-D", "-f", "\(directory)/sshd_config", "-E", "\(directory)/log"])
        for _ in 0..<500 {
            if Self.accepts(port) { return }
            usleep(10_000)
        }
    }

    /// Ends sshd and every connection that it serves, as a power cut would.
    func kill() {
        guard let process = daemon.value else { return }
        let parent = String(process)
        for child in Self.lines("/usr/bin/pgrep", "-P", parent) {
            for grandchild in Self.lines("/usr/bin/pgrep", "-P", child) {
                _ = Foundation.kill(pid_t(grandchild) ?? 0, SIGKILL)
            }
            _ = Foundation.kill(pid_t(child) ?? 0, SIGKILL)
        }
        _ = Foundation.kill(process, SIGTERM)
        waitpid(process, nil, 0)
        daemon.value = nil
    }

    func end() {
        kill()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// This server as a declared host.
    func host(
        user: String = "root", key: String = "user", known: String = "known", sudo: Bool = false, port: Int? = nil
    ) -> HostSpec {
        var ssh = SSHSpec()
        ssh.user = user
        ssh.port = port ?? self.port
        ssh.identityFile = "~/\(key)"
        ssh.knownHostsFile = "~/\(known)"
        ssh.sudo = sudo
        return HostSpec(name: "vm1", address: "127.0.0.1", ssh: ssh)
    }

    func shell(_ host: HostSpec) -> OpenSSHShell {
        OpenSSHShell(host, runtimeDirectory: "\(directory)/run", home: directory)
    }

    /// The processes of the master connections behind that socket.
    static func masters(_ socket: String) -> [pid_t] {
        lines("/usr/bin/pgrep", "-f", "^ssh: \(socket)").compactMap { pid_t($0) }
    }

    /// The one socket of the master connections made so far.
    var sockets: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/run")) ?? []).map {
            "\(directory)/run/\($0)"
        }
    }

    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }

    private func pin(_ key: String, in name: String) throws {
        try write(name, "[127.0.0.1]:\(port) " + String(contentsOfFile: "\(directory)/\(key).pub", encoding: .utf8))
    }
}

extension SSHServer {
    /// Runs the body with a server and a shell to it, and leaves no process behind.
    static func with(
        _ adjust: (SSHServer) -> HostSpec = { $0.host() }, _ body: (SSHServer, OpenSSHShell) async throws -> Void
    ) async throws {
        let server = try SSHServer()
        let shell = server.shell(adjust(server))
        do {
            try await body(server, shell)
        } catch {
            Issue.record("\(SSHServer.lines("/usr/bin/tail", "-n", "5", "\(server.directory)/log"))")
            await shell.stopMaster()
            server.end()
            throw error
        }
        await shell.stopMaster()
        server.end()
    }

    static func lines(_ words: String...) -> [String] {
        let file = "/tmp/pgregent-test-lines-\(getpid())"
        defer { unlink(file) }
        guard let process = spawn(words, output: file) else { return [] }
        waitpid(process, nil, 0)
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    static func freePort() throws -> Int {
        let listener = try Listener(accepting: false)
        defer { listener.close() }
        return listener.port
    }

    private static func accepts(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        return withLoopback(port) { connect(socket, $0, $1) } == 0
    }
}

/// A loopback port that completes TCP's handshake and says nothing.
final class Listener: Sendable {
    let socket: Int32
    let port: Int

    init(accepting: Bool = true) throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard withLoopback(0, { [socket] in bind(socket, $0, $1) }) == 0 else { throw POSIXError(.EADDRINUSE) }
        if accepting { listen(socket, 16) }
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { [socket] in
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(socket, $0, &size) }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() {
        _ = Foundation.close(socket)
    }
}

func withLoopback(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
}

/// Starts a program; Foundation's `Process` waits on a run loop, which the threads of tests do not have.
func spawn(_ words: [String], output: String = "/dev/null") -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    return posix_spawn(&process, words[0], &actions, nil, &arguments, environ) == 0 ? process : nil
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var stored: Value

    init(_ value: Value) {
        stored = value
    }

    var value: Value {
        get { lock.withLock { stored } }
        set { lock.withLock { stored = newValue } }
    }
}

/// The failure of the body, which must fail.
func failure(_ body: () async throws -> some Sendable) async -> ShellFailure? {
    do {
        let value = try await body()
        Issue.record("no failure but \(value)")
        return nil
    } catch {
        return error as? ShellFailure
    }
}
