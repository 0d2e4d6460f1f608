import ClusterModel
import Foundation
import HostAccess
import OpenSSH
import Testing

extension OpenSSHTests {
    @Suite("Scripts over an open session")
    struct Sessions {}
}

extension OpenSSHTests.Sessions {
    @Test("a batch gives each script's own status, output and errors")
    func batch() async throws {
        try await SSHServer.with { _, shell in
            let results = try await shell.run(
                [
                    ShellScript(.login, "echo out; echo err >&2"),
                    ShellScript(.login, "printf 'no newline'; exit 7"),
                    ShellScript(.login, "true"),
                    ShellScript(.login, "printf '\\377é\\n\\n'"),
                    ShellScript(.login, "id -un; pwd; echo $HOME $LC_ALL; command -v sshd"),
                ], deadline: .seconds(20))
            #expect(
                results == [
                    ShellResult(status: 0, output: "out\n", errors: "err\n"),
                    ShellResult(status: 7, output: "no newline", errors: ""),
                    ShellResult(status: 0, output: "", errors: ""),
                    ShellResult(status: 0, output: "\u{FFFD}é\n\n", errors: ""),
                    ShellResult(status: 0, output: "root\n/root\n/root C\n/usr/sbin/sshd\n", errors: ""),
                ])
        }
    }

    @Test("no script breaks the framing", arguments: [false, true])
    func hostile(isImmediate: Bool) async throws {
        let bytes = (1...0x2FF).compactMap(Unicode.Scalar.init).map { String(Character($0)) }.joined()
        let scripts: [(String, ShellResult)] = [
            ("printf %s \(Quoting.shell(bytes))", ShellResult(status: 0, output: bytes, errors: "")),
            ("cat <<'EOF'\n'\"$(x)`\\\nEOF", ShellResult(status: 0, output: "'\"$(x)`\\\n", errors: "")),
            ("exec sh -c 'echo e; exit 9'", ShellResult(status: 9, output: "e\n", errors: "")),
            ("cat; read x; echo \"[$x]$?\"", ShellResult(status: 0, output: "[]1\n", errors: "")),
            ("echo a; sh -c 'kill -9 $PPID'; echo b", ShellResult(status: 137, output: "a\n", errors: "")),
            (
                "echo end 0; echo 'pgregent1 2'; echo >&2 'end 124'",
                ShellResult(status: 0, output: "end 0\npgregent1 2\n", errors: "end 124\n")
            ),
            ("(sleep 0.3; echo late) & echo now", ShellResult(status: 0, output: "now\n", errors: "")),
            (
                "head -c 1048576 /dev/zero | tr '\\0' a; head -c 1048576 /dev/zero | tr '\\0' b >&2",
                ShellResult(
                    status: 0, output: String(repeating: "a", count: 1 << 20),
                    errors: String(repeating: "b", count: 1 << 20))
            ),
            (
                ": \(Quoting.shell(String(repeating: "x", count: 1 << 20)))",
                ShellResult(status: 0, output: "", errors: "")
            ),
            ("trap 'echo bye' EXIT; set -eu; false; echo no", ShellResult(status: 1, output: "bye\n", errors: "")),
            ("echo last", ShellResult(status: 0, output: "last\n", errors: "")),
        ]
        try await SSHServer.with { _, shell in
            let results = try await shell.run(
                scripts.map { ShellScript(.login, $0.0, isImmediate: isImmediate) }, deadline: .seconds(30))
            for (script, result) in zip(scripts, results) {
                #expect(result == script.1, "\(script.0.prefix(80))")
            }
            let broken = try await shell.run(
                ["echo 'open", "echo fine"].map { ShellScript(.login, $0, isImmediate: isImmediate) },
                deadline: .seconds(20))
            #expect(broken.map(\.output) == ["", "fine\n"])
            #expect(broken[0].status == 2)
        }
    }

    @Test("a script is in no argument list")
    func unseen() async throws {
        try await SSHServer.with { _, shell in
            let word = "very" + "secret" + String(UInt32.random(in: 0...UInt32.max))
            async let long = shell.run([ShellScript(.login, ": \(word); sleep 1")], deadline: .seconds(20))
            try await Task.sleep(for: .milliseconds(900))
            #expect(!SSHServer.lines("/usr/bin/ps", "axww", "-o", "args").contains { $0.contains(word) })
            _ = try await long
        }
    }

    @Test("more output than the limit is a failure that says so, and the next call works")
    func tooMuch() async throws {
        try await SSHServer.with { _, shell in
            let failed = await failure {
                try await shell.run([ShellScript(.login, "head -c 17000000 /dev/zero")], deadline: .seconds(30))
            }
            #expect(failed?.kind == .outcomeUnknown, "\(failed?.message ?? "")")
            #expect(failed?.message.contains("more than 16 MiB") == true)
            let next = try await shell.run([ShellScript(.login, "echo ok")], deadline: .seconds(20))
            #expect(next.map(\.output) == ["ok\n"])
        }
    }

    @Test("eight callers share four sessions, and get their own answers")
    func concurrency() async throws {
        try await SSHServer.with { server, shell in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for caller in 0..<8 {
                    group.addTask {
                        for round in 0..<10 {
                            let results = try await shell.run(
                                [ShellScript(.login, "echo \(caller) \(round)")], deadline: .seconds(30))
                            #expect(results.map(\.output) == ["\(caller) \(round)\n"])
                        }
                    }
                }
                group.addTask {
                    let alone = try await shell.runAlone(
                        ShellScript(.login, "sleep 0.5; echo alone"), deadline: .seconds(30))
                    #expect(alone.output == "alone\n")
                }
                try await group.waitForAll()
            }
            #expect(server.sockets.count == 1)
            // The one of its own is told to end when its answer is there, and takes a moment.
            var left = 0
            for _ in 0..<100 {
                left = SSHServer.lines("/usr/bin/pgrep", "-P", "\(getpid())", "-x", "ssh").count
                if left <= 4 { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(left <= 4)
        }
    }

    @Test("accounts: root becomes another by runuser, a login without sudo is told what to do")
    func accounts() async throws {
        try await SSHServer.with { server, shell in
            let who = "id -un; echo $HOME; pwd"
            let results = try await shell.run(
                [
                    ShellScript(.named("postgres"), who), ShellScript(.login, who), ShellScript(.named("root"), who),
                    ShellScript(.privileged(orElse: "postgres"), who),
                ], deadline: .seconds(20))
            let root = "root\n/root\n/root\n"
            #expect(
                results.map(\.output) == ["postgres\n/var/lib/postgresql\n/var/lib/postgresql\n", root, root, root])

            let missing = await failure {
                try await shell.run([ShellScript(.named("nosuch"), "id")], deadline: .seconds(20))
            }
            #expect(missing?.kind == .account)

            let plain = server.shell(server.host(user: "postgres"))
            let refused = await failure {
                try await plain.run([ShellScript(.named("root"), "id")], deadline: .seconds(20))
            }
            #expect(refused?.kind == .account)
            #expect(refused?.message.contains("ssh.sudo: true") == true)
            let own = try await plain.run(
                [ShellScript(.privileged(orElse: "postgres"), "id -un")], deadline: .seconds(20))
            #expect(own.map(\.output) == ["postgres\n"])
            await plain.stopMaster()

            let sudo = server.shell(server.host(user: "postgres", sudo: true))
            let needed = await failure {
                try await sudo.run(
                    [ShellScript(.login, "touch \(server.directory)/ran"), ShellScript(.named("root"), "id")],
                    deadline: .seconds(20))
            }
            #expect(needed?.kind == .account)
            #expect(needed?.message.contains("postgres ALL=(root) NOPASSWD: /bin/sh") == true)
            await sudo.stopMaster()
        }
    }

    @Test("after many sessions no descriptor or child is left")
    func leaks() async throws {
        try await SSHServer.with { _, shell in
            func open() -> Int { (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0 }
            _ = try await shell.runAlone(ShellScript(.login, "true"), deadline: .seconds(20))
            try await Task.sleep(for: .milliseconds(300))
            let before = open()
            var directories: [String] = []
            for _ in 0..<30 {
                let answer = try await shell.runAlone(
                    ShellScript(.login, "dirname \"$(readlink /proc/$$/fd/1)\""), deadline: .seconds(20))
                directories.append(String(answer.output.dropLast()))
            }
            #expect(Set(directories).count == 30)
            for _ in 0..<100 where open() > before { try await Task.sleep(for: .milliseconds(20)) }
            #expect(open() <= before)
            #expect(SSHServer.lines("/usr/bin/pgrep", "-P", "\(getpid())", "-x", "ssh") == [])
            func left() -> [String] { directories.filter { access($0, F_OK) == 0 } }
            for _ in 0..<100 where !left().isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            #expect(left() == [])
        }
    }
}
