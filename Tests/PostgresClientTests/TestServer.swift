import ClusterModel
import Foundation
import Glibc
import PostgresClient

/// A program under watch: started by a shell that ends it and removes its directory as soon as this process is gone,
/// however it went, because the shell then reads the end of its standard input.
final class WatchedProgram: Sendable {
    let directory: String
    private let input: FileHandle

    struct NotStarted: Error {
        var output: String
    }

    /// - Parameters:
    ///   - prepare: shell text that runs in the new, empty directory `$dir`.
    ///   - program: shell text that becomes the program.
    ///   - isReady: shell text that succeeds once the program answers.
    init(prepare: String, program: String, isReady: String) throws {
        let script = """
            PATH=$PATH:/usr/sbin:$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
            dir=$(mktemp -d /tmp/pgregent-test.XXXXXX) && cd "$dir" || exit 1
            end() { kill -QUIT $pid; sleep 0.1; kill -KILL $pid; wait $pid; cd /; rm -rf "$dir"; }
            ( \(prepare) ) >"$dir/log" 2>&1 || { cat "$dir/log"; rm -rf "$dir"; exit 1; }
            ( exec \(program) ) >>"$dir/log" 2>&1 </dev/null &
            pid=$!
            tries=0
            until ( \(isReady) ) >/dev/null 2>&1; do
              tries=$((tries + 1))
              if [ $tries -gt 200 ]; then cat "$dir/log"; end 2>/dev/null; exit 1; fi
              sleep 0.1
            done
            echo "ready $dir"
            exec >/dev/null 2>&1
            cat >/dev/null
            end
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        // PostgreSQL refuses to run as root.
        let account = geteuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []
        process.arguments = account + ["setsid", "sh", "-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: "/tmp")
        let (standardInput, output) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        try process.run()
        input = standardInput.fileHandleForWriting
        let text = Self.firstAnswer(output.fileHandleForReading)
        guard text.hasPrefix("ready ") else { throw NotStarted(output: text) }
        directory = String(text.dropFirst(6).prefix { $0 != "\n" })
    }

    /// Up to `ready`, or all of it: `runuser` holds the other end open as long as the program runs.
    private static func firstAnswer(_ output: FileHandle) -> String {
        var bytes = Data()
        while true {
            let more = output.availableData
            bytes += more
            let text = String(decoding: bytes, as: UTF8.self)
            if more.isEmpty || (text.hasPrefix("ready ") && text.hasSuffix("\n")) { return text }
        }
    }
}

/// The PostgreSQL of all tests: `trust` on the socket, passwords on 127.0.0.1.
struct TestServer: Sendable {
    static let shared = Result { try TestServer() }
    static let password = Secret("o'er \\ the hills")

    let program: WatchedProgram
    let port: Int
    var socketDirectory: String { program.directory }

    private init() throws {
        let port = try FreePort.any()
        self.port = port
        program = try WatchedProgram(
            prepare: """
                printf '%s' "o'er \\\\ the hills" >pw
                initdb -D data -U postgres --pwfile=pw --auth-local=trust --auth-host=scram-sha-256 -N -E UTF8 \\
                --locale=C.UTF-8
                """,
            program: "postgres -D data -k \"$dir\" -c port=\(port) -c listen_addresses=127.0.0.1 -c fsync=off "
                + "-c max_connections=300",
            isReady: "pg_isready -h \"$dir\" -p \(port)")
    }

    func session(_ more: [(String, String)] = []) -> PostgresSession {
        PostgresSession(parameters: local + more)
    }

    func remoteSession(_ more: [(String, String)] = [], password: Secret? = TestServer.password) -> PostgresSession {
        PostgresSession(parameters: remote + more, password: password)
    }

    private var local: [(String, String)] {
        [("host", socketDirectory), ("port", "\(port)"), ("user", "postgres"), ("dbname", "postgres")]
    }

    private var remote: [(String, String)] {
        [("host", "127.0.0.1"), ("port", "\(port)"), ("user", "postgres"), ("dbname", "postgres")]
    }
}

enum FreePort {
    struct NoPort: Error {}

    /// Nothing listens there at this moment.
    static func any() throws -> Int {
        let listener = try SilentListener()
        defer { listener.close() }
        return listener.port
    }
}

/// A socket whose connections the kernel accepts and nobody answers.
struct SilentListener {
    let descriptor: Int32
    let port: Int

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = descriptor
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && listen(socket, 5) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        guard bound else { throw FreePort.NoPort() }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    func close() { _ = Glibc.close(descriptor) }
}
