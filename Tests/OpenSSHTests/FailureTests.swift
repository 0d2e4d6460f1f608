import ClusterModel
import Foundation
import HostAccess
import OpenSSH
import Testing

extension OpenSSHTests {
    @Suite("Failures, each by its kind")
    struct Failures {}
}

extension OpenSSHTests.Failures {
    static let echo = [ShellScript(.login, "echo ok")]

    @Test("refused before anything runs: keys, accounts, names, ports")
    func refusals() async throws {
        try await SSHServer.with { server, _ in
            let mute = try Listener()
            defer { mute.close() }
            var unresolvable = server.host()
            unresolvable.address = "no-such-host.invalid"
            var option = server.host()
            option.address = "-oProxyCommand=touch \(server.directory)/hacked"
            var slow = server.host(port: mute.port)
            slow.ssh.connectTimeout = .seconds(1)
            let rows: [(HostSpec, ShellFailure.Kind, String)] = [
                (server.host(known: "unknown"), .hostKey, "/unknown: add it"),
                (server.host(known: "changed"), .hostKey, "is not the one in"),
                (server.host(key: "otheruser"), .accessDenied, "does not take the key \(server.directory)/otheruser"),
                (unresolvable, .nameResolution, "resolve"),
                (option, .nameResolution, "not a host name"),
                (server.host(port: try SSHServer.freePort()), .unreachable, "Connection refused"),
                (slow, .unreachable, "ssh to root@127.0.0.1:\(mute.port)"),
            ]
            for (host, kind, words) in rows {
                let shell = server.shell(host)
                let failed = await failure { try await shell.run(Self.echo, deadline: .seconds(20)) }
                #expect(failed?.kind == kind, "\(failed?.message ?? "")")
                #expect(failed?.message.contains(words) == true, "\(failed?.message ?? "")")
                await shell.stopMaster()
            }
            let short = server.shell(server.host(port: mute.port))
            let failed = await failure { try await short.run(Self.echo, deadline: .milliseconds(500)) }
            #expect(failed?.kind == .unreachable)
            await short.stopMaster()
        }
    }

    @Test("a server killed in the middle leaves the outcome unknown; the next call connects again")
    func serverKilled() async throws {
        try await SSHServer.with { server, shell in
            _ = try await shell.run(Self.echo, deadline: .seconds(20))
            async let long = failure {
                try await shell.run([ShellScript(.login, "sleep 5")], deadline: .seconds(20))
            }
            try await Task.sleep(for: .milliseconds(300))
            server.kill()
            #expect(await long?.kind == .outcomeUnknown)
            let down = await failure { try await shell.run(Self.echo, deadline: .seconds(20)) }
            #expect(down?.kind == .unreachable)
            try server.start()
            #expect(try await shell.run(Self.echo, deadline: .seconds(20)).map(\.output) == ["ok\n"])
            server.kill()
            try server.start()
            try await Task.sleep(for: .milliseconds(200))
            // The idle session is known to be dead: nothing was sent on it, so this is no unknown outcome.
            #expect(try await shell.run(Self.echo, deadline: .seconds(20)).map(\.output) == ["ok\n"])
        }
    }

    @Test("a control socket whose master is dead, or stopped, is replaced")
    func staleSocket() async throws {
        try await SSHServer.with { server, shell in
            for signal in [SIGKILL, SIGSTOP] {
                _ = try await shell.run(Self.echo, deadline: .seconds(20))
                let socket = try #require(server.sockets.first)
                let master = SSHServer.masters(socket)
                #expect(master.count == 1)
                for process in master { _ = kill(process, signal) }
                await shell.close()
                var host = server.host()
                // Half of it is the stopped master's.
                host.ssh.connectTimeout = .seconds(4)
                let next = server.shell(host)
                #expect(try await next.run(Self.echo, deadline: .seconds(20)).map(\.output) == ["ok\n"])
                await next.close()
                if signal == SIGSTOP { #expect(SSHServer.masters(socket).count == 1) }
            }
        }
    }

    @Test("a host that died behind an open master costs one connect_timeout, not two")
    func deadBehindMaster() async throws {
        try await SSHServer.with { server, shell in
            _ = try await shell.run(Self.echo, deadline: .seconds(20))
            let socket = try #require(server.sockets.first)
            let masters = SSHServer.masters(socket)
            let daemons = SSHServer.lines("/usr/bin/pgrep", "-f", "\(server.directory)/sshd_config").compactMap {
                pid_t($0)
            }
            #expect(masters.count == 1 && !daemons.isEmpty)
            await shell.close()
            // Connections are accepted by the kernel, and nobody answers.
            for process in masters + daemons { _ = kill(process, SIGSTOP) }
            defer { for process in daemons { _ = kill(process, SIGCONT) } }
            var host = server.host()
            host.ssh.connectTimeout = .seconds(2)
            let next = server.shell(host)
            let begin = ContinuousClock.now
            let failed = await failure { try await next.run(Self.echo, deadline: .seconds(20)) }
            #expect(failed?.kind == .unreachable, "\(failed?.message ?? "")")
            #expect(ContinuousClock.now - begin < .seconds(3))
            await next.close()
        }
    }

    @Test("a master that stops in the middle is noticed by the deadline, and the next call starts afresh")
    func hungMaster() async throws {
        try await SSHServer.with { server, shell in
            _ = try await shell.run(Self.echo, deadline: .seconds(20))
            let socket = try #require(server.sockets.first)
            let master = try #require(SSHServer.masters(socket).first)
            #expect(kill(master, SIGSTOP) == 0)
            let failed = await failure { try await shell.run(Self.echo, deadline: .seconds(1)) }
            #expect(failed?.kind == .outcomeUnknown)
            #expect(try await shell.run(Self.echo, deadline: .seconds(20)).map(\.output) == ["ok\n"])
        }
    }

    @Test("what waits idle on the connection of a session that hung is not used again")
    func idleBesideHung() async throws {
        try await SSHServer.with { server, shell in
            async let other = shell.run([ShellScript(.login, "sleep 0.5")], deadline: .seconds(20))
            _ = try await shell.run([ShellScript(.login, "sleep 0.5")], deadline: .seconds(20))
            _ = try await other
            let socket = try #require(server.sockets.first)
            let master = try #require(SSHServer.masters(socket).first)
            #expect(kill(master, SIGSTOP) == 0)
            let failed = await failure { try await shell.run(Self.echo, deadline: .seconds(1)) }
            #expect(failed?.kind == .outcomeUnknown)
            #expect(try await shell.run(Self.echo, deadline: .seconds(3)).map(\.output) == ["ok\n"])
            _ = kill(master, SIGKILL)
        }
    }

    @Test("a script is ended on the host at its deadline, whatever became of the connection")
    func deadline() async throws {
        try await SSHServer.with { server, shell in
            _ = try await shell.run(Self.echo, deadline: .seconds(20))
            let word = "4242.\(UInt16.random(in: 1000...9999))"
            let failed = await failure {
                try await shell.run([ShellScript(.login, "sleep \(word)")], deadline: .seconds(1))
            }
            #expect(failed?.kind == .outcomeUnknown)
            #expect(failed?.message.contains("ended at its deadline") == true)
            #expect(SSHServer.lines("/usr/bin/pgrep", "-fx", "sleep \(word)") == [])

            let stubborn = await failure {
                try await shell.runAlone(
                    ShellScript(.login, "trap '' TERM; sleep \(word); sleep \(word)"), deadline: .seconds(1))
            }
            #expect(stubborn?.kind == .outcomeUnknown)
            #expect(try await shell.run(Self.echo, deadline: .seconds(20)).map(\.output) == ["ok\n"])
            for _ in 0..<400 where !SSHServer.lines("/usr/bin/pgrep", "-fx", "sleep \(word)").isEmpty {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(SSHServer.lines("/usr/bin/pgrep", "-fx", "sleep \(word)") == [])
        }
    }

    @Test("cancelling a caller ends its call and nobody else's")
    func cancellation() async throws {
        try await SSHServer.with { _, shell in
            let long = Task {
                await failure { try await shell.run([ShellScript(.login, "sleep 30")], deadline: .seconds(60)) }
            }
            async let other = shell.run([ShellScript(.login, "sleep 1; echo other")], deadline: .seconds(20))
            try await Task.sleep(for: .milliseconds(800))
            long.cancel()
            let cancelled = await long.value
            #expect(cancelled?.kind == .cancelled, "\(cancelled?.message ?? "")")
            #expect(try await other.map(\.output) == ["other\n"])
        }
    }
}
