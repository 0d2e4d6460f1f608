import Foundation
import Testing

extension LabTests.Planned {
    /// Family A: the file, and a plan that is only a plan.
    @Suite("File and plan", .serialized)
    struct FileAndPlan {
        @Test("Everything wrong in a file is reported at once with its place, without a network")
        func badFile() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "wrong-\(UUID().uuidString).yaml")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data(Self.wrong.utf8).write(to: file)
            let program = Lab.repository + "/.build/debug/pgregent"
            // A network namespace of its own: nothing can be asked, whatever the file names.
            let outcome = try await Command.run(
                ["unshare", "--net", program, "validate", "-f", file.path], seconds: 10)
            #expect(outcome.code == 1)
            #expect(outcome.output.isEmpty)
            for expected in [
                ":1:10: error:", ":5:35: error: unknown key \"prioritty\"", "did you mean \"priority\"?",
                ":6:21: error:",
                "upstream", "password", "hostz", "duplicate",
            ] {
                #expect(outcome.errors.contains(expected), "\(expected) is not in: \(outcome.errors)")
            }
            #expect(outcome.errors.contains("^"), "no caret")
            #expect(!outcome.errors.contains("a literal word"), "the password is repeated")
        }

        private static let wrong = """
            version: 2
            cluster: wrong
            cluster: again
            nodes:
              - {name: vm1, id: 1, host: vm1, prioritty: 100}
              - {name: vm2, id: 1, host: vm2, upstream: vm9}
              - {name: vm3, id: 3, hostz: vm3}
            repmgr:
              password: a literal word

            """

        @Test("A plan changes nothing on any host, not even a file's time, and two plans are equal byte for byte")
        func planChangesNothing() async throws {
            try await Lab.with(.bare) { lab in
                let before = try await lab.everyFile()
                let first = try await lab.pgregent("plan", "--json", "--detailed-exitcode")
                let second = try await lab.pgregent("plan", "--json", "--detailed-exitcode")
                #expect(first.code == 2 && second.code == 2)
                #expect(first.output == second.output)
                let diff = try await lab.pgregent("plan", "--diff")
                #expect(diff.code == 0 && diff.output.contains("Plan: "))
                #expect(Lab.differences(before, try await lab.everyFile()).isEmpty)
            }
        }

        @Test("Without a terminal nothing is applied unless --yes is given")
        func agreementIsNeeded() async throws {
            try await Lab.with(.bare) { lab in
                let refused = try await lab.pgregent("reconcile", "--once")
                #expect(refused.code == 1)
                #expect(refused.errors.contains("--yes"))
                #expect(try await lab.shell("vm1", "ls -A /var/lib/postgresql | grep -v '^.ssh$' || true").isEmpty)
            }
        }

        @Test("A missing password file makes the plan incomplete, and a wrong path in the file is named")
        func missingPassword() async throws {
            try await Lab.with(.bare) { lab in
                let file = try await lab.declare { try $0.replace("secrets/barman.password", "secrets/nothing") }
                let plan = try await lab.pgregent("plan", file: file, seconds: 30)
                #expect(plan.code == 4, "\(plan.everything)")
                #expect(plan.output.contains("SECRET_MISSING") && plan.output.contains("secrets/nothing"))
            }
        }
    }
}

extension Lab {
    /// Each file of each host that is not the kernel's or a log of logins.
    func everyFile() async throws -> [String: Set<String>] {
        var all: [String: Set<String>] = [:]
        for host in ["vm1", "vm2", "vm3", "backup"] {
            let script =
                "find /etc /home /root /var /opt -xdev -newer /etc/hostname ! -path '/var/log/*' -printf '%p %T@ %C@ %s\\n'"
            all[host] = Set(try await shell(host, script).split(separator: "\n").map(String.init))
        }
        return all
    }
}
