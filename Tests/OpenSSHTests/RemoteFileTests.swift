import ClusterModel
import Foundation
import HostAccess
import OpenSSH
import Testing

extension OpenSSHTests {
    @Suite("Files on a host")
    struct Files {}
}

/// A server, a shell to it, and a directory of files that the account may use.
private struct Site {
    let shell: OpenSSHShell
    let directory: String
    var account = Account.login

    func write(
        _ name: String, _ content: String, expecting: String?, mode: String = "644", owner: String? = nil
    ) async throws -> ShellResult {
        let script = RemoteFile.write(directory + "/" + name, content, expecting: expecting, mode: mode, owner: owner)
        return try await run(script)
    }

    func read(_ name: String) async throws -> RemoteFile.State {
        RemoteFile.state(try await run(RemoteFile.read(directory + "/" + name)))
    }

    func run(_ script: String) async throws -> ShellResult {
        try #require(try await shell.run([ShellScript(account, script)], deadline: .seconds(20)).first)
    }

    /// Removes what this test left in the account's home, and nothing that may be kept there for somebody.
    var forgetBackups: String {
        let kept = directory.dropFirst().split(separator: "/").joined(separator: "%")
        return "cd ~postgres/.pgregent-backup && rm -f \(kept)%*; cd /; rmdir ~postgres/.pgregent-backup 2>/dev/null"
    }

    func content(_ name: String) async throws -> String? {
        if case .file(let content, _, _, _) = try await read(name) { content } else { nil }
    }

    static func with(_ body: (Site) async throws -> Void) async throws {
        try await SSHServer.with { server, shell in
            let site = Site(shell: shell, directory: server.directory + "/files")
            _ = try await site.run("mkdir \(site.directory)")
            try await body(site)
            #expect(try await site.run("find \(site.directory) -name '.pgregent-*'").output == "")
        }
    }
}

/// Why a file could not be read.
private func reason(_ state: RemoteFile.State) -> String? {
    if case .unreadable(let reason) = state { reason } else { nil }
}

extension OpenSSHTests.Files {
    @Test("what is written is read back, byte for byte, under any name")
    func roundTrip() async throws {
        try await Site.with { (site: Site) async throws in
            let contents = [
                "", "a", "a\n", "a\n\n", "\r\n'\"$(touch x)`\\\n", "EOF\n%s\\n\\0", "é\u{81}\u{1}\u{7F}\n",
                String(repeating: "line of text\n", count: 30_000),
            ]
            let names = ["plain", "with space", "quo'te\"s", "line\nbreak\n", "$(touch x)", "-rf", "*", "é", "a\\b"]
            for name in names {
                #expect(try await site.read(name) == .missing)
                var old: String?
                for content in contents {
                    let result = try await site.write(
                        name, content, expecting: old, mode: "640", owner: "postgres:postgres")
                    #expect(result == ShellResult(status: 0, output: "", errors: ""), "\(name)")
                    let state = try await site.read(name)
                    #expect(
                        state == .file(content: content, owner: "postgres", group: "postgres", mode: "640"), "\(name)")
                    let backup = try await site.content(name + ".pgregent-backup")
                    #expect(backup == old)
                    old = content
                }
            }
            #expect(try await site.run("ls \(site.directory)/x").succeeded == false)
        }
    }

    @Test("what stands in the way is told apart")
    func reading() async throws {
        try await Site.with { (site: Site) async throws in
            _ = try await site.run(
                "cd \(site.directory); mkdir d; ln -s gone l; printf '\\377' >b; chmod 700 .; touch s")
            #expect(try await site.read("d") == .notAFile(what: "directory"))
            #expect(try await site.read("l") == .missing)
            let binary = try await site.read("b")
            #expect(reason(binary)?.contains("UTF-8") == true)
            var other = site
            other.account = .named("nobody")
            let denied = try await other.read("s")
            #expect(reason(denied)?.contains("Permission denied") == true)
        }
    }

    @Test("a file that changed in between is left alone; one that already holds the content too")
    func changed() async throws {
        try await Site.with { (site: Site) async throws in
            #expect(try await site.write("f", "one", expecting: nil).status == 0)
            #expect(try await site.write("f", "two", expecting: nil).status == RemoteFile.WriteStatus.changed)
            #expect(try await site.write("f", "two", expecting: "one\n").status == RemoteFile.WriteStatus.changed)
            #expect(try await site.write("g", "two", expecting: "one").status == RemoteFile.WriteStatus.changed)
            #expect(try await site.content("f") == "one")
            #expect(try await site.write("f", "one", expecting: "zero").status == 0)
            #expect(try await site.read("f.pgregent-backup") == .missing)
        }
    }

    @Test("owner and mode of an existing file win; a link stays a link")
    func kept() async throws {
        try await Site.with { (site: Site) async throws in
            _ = try await site.run(
                "cd \(site.directory); printf old >f; chown postgres:daemon f; chmod 604 f; ln -s f l; "
                    + "mkdir d; ln -s ../f d/l"
            )
            #expect(try await site.write("l", "new", expecting: "old", mode: "777", owner: "root:root").status == 0)
            #expect(try await site.write("d/l", "newer", expecting: "new").status == 0)
            #expect(
                try await site.read("f") == .file(content: "newer", owner: "postgres", group: "daemon", mode: "604"))
            #expect(try await site.content("f.pgregent-backup") == "new")
            #expect(try await site.run("cd \(site.directory); readlink l d/l").output == "f\n../f\n")
        }
    }

    @Test("without the right to the directory the file is overwritten in place, or nothing is done")
    func directory() async throws {
        try await Site.with { (site: Site) async throws in
            _ = try await site.run("cd \(site.directory); printf old >mine; printf old >theirs; chown postgres mine")
            var other = site
            other.account = .named("postgres")
            let backup = "~postgres/.pgregent-backup"
            #expect(try await other.write("mine", "new", expecting: "old").status == 0)
            #expect(try await site.read("mine") == .file(content: "new", owner: "postgres", group: "root", mode: "644"))
            let kept = site.directory.dropFirst().split(separator: "/").joined(separator: "%") + "%mine"
            #expect(try await site.run("cat \(backup)/\(kept)").output == "old")
            for (name, old) in [("theirs", "old"), ("none", nil)] as [(String, String?)] {
                let result = try await other.write(name, "new", expecting: old)
                #expect(result.status == RemoteFile.WriteStatus.refused)
                #expect(
                    result.errors.contains("the account postgres may not replace it in the directory \(site.directory)")
                )
                #expect(try await site.content(name) == old)
            }
            #expect(try await other.write("no/such", "new", expecting: nil).status == RemoteFile.WriteStatus.refused)
            _ = try await site.run(site.forgetBackups)
        }
    }

    @Test("a full disk leaves the old file and nothing else")
    func fullDisk() async throws {
        try await Site.with { (site: Site) async throws in
            let small = site.directory + "/small"
            let mounted = try await site.run("mkdir \(small) && mount -t tmpfs -o size=64k none \(small)")
            guard mounted.succeeded else { return }
            defer { _ = SSHServer.lines("/usr/bin/umount", small) }
            let big = String(repeating: "x", count: 100_000)
            #expect(try await site.write("small/f", "old", expecting: nil).status == 0)
            let result = try await site.write("small/f", big, expecting: "old")
            #expect(result.status == RemoteFile.WriteStatus.failed)
            #expect(result.errors.contains("disk full"))
            #expect(try await site.content("small/f") == "old")
            #expect(try await site.run("ls -A \(small)").output == "f\n")
            // The same where the file can only be overwritten in place.
            _ = try await site.run("chown postgres \(small)/f; chmod 755 \(small)")
            var other = site
            other.account = .named("postgres")
            let inPlace = try await other.write("small/f", big, expecting: "old")
            #expect(inPlace.status == RemoteFile.WriteStatus.failed)
            #expect(try await site.content("small/f") == "old")
            _ = try await site.run(site.forgetBackups)
        }
    }
}
