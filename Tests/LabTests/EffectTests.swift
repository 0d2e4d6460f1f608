import Testing

/// What the planner believes of each step is what real hosts show after it.
extension LabTests.Planned {
    @Suite("Effects", .serialized)
    struct Effects {
        @Test("along a cluster's life, what each step is said to bring about is what the next observation shows")
        func agree() async throws {
            try await Lab.with(.bare) { lab in
                // Barman's own cron would start a receiver that has ended, at any moment in between.
                try await lab.shell("backup", "rm /etc/cron.d/barman")
                try await lab.proveEffects("from bare hosts", atLeast: 20)
                let parameters = try await lab.declare("parameters") {
                    try $0.add(parameters: "max_connections: 120", "work_mem: 9MB")
                }
                try await lab.proveEffects("a parameter with a restart", file: parameters, atLeast: 6)
                try await lab.proveEffects("a switchover", "switchover", file: parameters, atLeast: 8)
                try await lab.expectNothingToDo(file: parameters)
                // Its host answers, and so the failover fences it, and the rejoin rewinds it.
                let primary = try #require(try await lab.status().primary)
                try await lab.shell(
                    primary, "kill -9 $(head -n 1 /var/lib/postgresql/15/main/postmaster.pid)")
                try await lab.proveEffects("a failover with a rejoin", "failover", file: parameters, atLeast: 8)
                try await lab.expectNothingToDo(file: parameters)
                let absent = try await lab.declare("absent") {
                    try $0.add(parameters: "max_connections: 120", "work_mem: 9MB")
                    try $0.replace("name: vm3,", "name: vm3, ensure: absent,")
                }
                try await lab.proveEffects("a node that leaves", file: absent, atLeast: 2)
            }
        }
    }
}

extension Lab {
    /// - Parameter atLeast: fewer steps than these prove nothing.
    fileprivate func proveEffects(
        _ occasion: String, _ request: String? = nil, file: String? = nil, atLeast: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let program = Self.repository + "/.build/debug/prove-effects"
        let arguments = [program, file ?? "/home/operator/cluster.yaml"] + (request.map { [$0] } ?? [])
        let outcome = try await exec("controller", as: "operator", arguments, seconds: 420)
        #expect(outcome.code == 0, "\(occasion): \(outcome.everything)", sourceLocation: sourceLocation)
        let done = outcome.output.split(separator: "\n").count { $0.hasSuffix(": agrees") }
        #expect(done >= atLeast, "\(occasion): \(outcome.output)", sourceLocation: sourceLocation)
    }
}
