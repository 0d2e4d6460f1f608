import Testing

extension LabTests.Planned {
    /// Families A and K: secrets are nowhere, and names are only names.
    @Suite("Secrets and hostile names", .serialized)
    struct SecretsAndNames {
        @Test(
            "No password is in an output, journal, plan file, log or process list of a build that logs statements"
        )
        func secrets() async throws {
            try await Lab.with(.bare) { lab in
                let file = try await lab.declare { try $0.add(parameters: "log_statement: all") }
                let passwords = try await lab.shell("controller", "cat /home/operator/secrets/*").split(separator: "\n")
                    .map(String.init)
                #expect(passwords.count == 4)
                for host in ["vm1", "vm2", "vm3", "backup", "controller"] {
                    let record =
                        "while :; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '; echo; sleep 0.1; done"
                    try await lab.shell(
                        host,
                        "setsid bash -c \"\(record)\" >/var/tmp/processes 2>/dev/null </dev/null & echo $! >/var/tmp/recorder"
                    )
                }
                var said = ""
                said += try await lab.pgregent("plan", "--diff", "--out", "saved.plan", file: file).everything
                said += try await lab.pgregent("plan", "--json", file: file).everything
                let built = try await lab.reconcile(file: file)
                #expect(built.code == 0, "\(built.everything)")
                said += built.everything
                // A changed password is a change too.
                try await lab.sql("vm1", "ALTER ROLE repmgr PASSWORD 'something else'")
                said += try await lab.pgregent("plan", "--diff", file: file).everything
                said += try await lab.reconcile(file: file).everything
                said += try await lab.pgregent("events", "--json", file: file).everything
                said += try await lab.pgregent("status", "--json", file: file).everything
                for password in passwords { #expect(!said.contains(password), "in the output") }
                #expect(!said.contains("SCRAM-SHA-256$"), "a stored secret is in the output")
                for (host, places) in [
                    ("controller", "/home/operator/.local /home/operator/saved.plan /tmp /var/tmp"),
                    ("vm1", "/var/log /tmp /var/tmp /etc"),
                    ("vm2", "/var/log /tmp /var/tmp /etc"), ("backup", "/var/log /tmp /var/tmp /etc"),
                ] {
                    try await lab.shell(host, "pkill -s $(cat /var/tmp/recorder) || true")
                    #expect(try await lab.shell(host, "wc -c </var/tmp/processes") != "0")
                    let found = try await lab.exec(
                        host, ["grep", "-rlF", "-f", "-"] + places.split(separator: " ").map(String.init),
                        input: passwords.joined(separator: "\n"))
                    #expect(found.output.isEmpty, "\(host): \(found.output)")
                }
                try await lab.expectConverged(file: file)
            }
        }

        @Test(
            "Spaces, quotes, $(…) and backslashes in names are names: nothing they say is run"
        )
        func hostileNames() async throws {
            try await Lab.with(.bare) { lab in
                // repmgr builds connection strings without quoting: white space, quotes and backslashes are beyond it.
                let user = "re$(id>/tmp/owned);p"
                let database = "da`id>/tmp/owned`&b"
                let file = try await lab.declare { file in
                    try file.replace("cluster: \(lab.name)\n", "cluster: \(yaml("a $(touch /tmp/owned) 'b' / ../c"))\n")
                    try file.replace("  user: repmgr\n", "  user: \(yaml(user))\n")
                    try file.replace("  database: repmgr\n", "  database: \(yaml(database))\n")
                    try file.replace(
                        "  user: barman\n  password", "  user: \(yaml("bar man's$(touch /tmp/owned)"))\n  password")
                    try file.replace("users: [app]", "users: [\(yaml("ap\"p 'x"))]")
                    try file.replace(
                        "dbname: postgres}\n    - {name: postgres_ro",
                        "dbname: \(yaml("po'st $(touch /tmp/owned)"))}\n    - {name: postgres_ro")
                    try file.replace("built by the lab", "$(touch /tmp/owned) `touch /tmp/owned`")
                    try file.add(parameters: "cluster_name: \(yaml("it's $(touch /tmp/owned) \\ \"x\""))")
                    file.text += "failover: {guard: true}\n"
                }
                let built = try await lab.reconcile(file: file)
                #expect(built.code == 0, "\(built.everything)")
                for host in ["vm1", "vm2", "vm3", "backup", "controller"] {
                    #expect(try await lab.exec(host, ["test", "-e", "/tmp/owned"]).code == 1, "\(host) ran a name")
                }
                #expect(try await lab.sql("vm2", "SHOW cluster_name") == "it's $(touch /tmp/owned) \\ \"x\"")
                try await lab.sql("vm1", "CREATE ROLE \"ap\"\"p 'x\" LOGIN PASSWORD 'p\"w'")
                let users = try await lab.reconcile(file: file)
                #expect(users.code == 0, "\(users.everything)")
                try await lab.expectConverged(file: file)
                // The guard of such a cluster does its work too.
                try await lab.lab("cut", "vm1")
                try await eventually("the guard of vm1 stops it", within: .seconds(20)) {
                    try await lab.exec("vm1", ["pgrep", "-x", "postgres"]).code == 1
                }
                try await lab.lab("heal")
                let again = try await lab.reconcile(file: file)
                #expect(again.code == 0 && again.everything.contains("start-again"), "\(again.everything)")
                #expect(try await lab.exec("vm1", ["test", "-e", "/tmp/owned"]).code == 1)
                try await lab.expectConverged(file: file)
            }
        }

        @Test("A pool's name may have a dash and a dot, and one that PgBouncer cannot read is refused without harm")
        func poolNames() async throws {
            try await Lab.with(.primaryOnly, ["--nodes", "1"]) { lab in
                func named(_ name: String) async throws -> String {
                    try await lab.declare { try $0.replace("{name: postgres_ro,", "{name: \(yaml(name)),") }
                }
                let good = try await named("my-app.db_1")
                let built = try await lab.reconcile(file: good)
                #expect(built.code == 0, "\(built.everything)")
                #expect(try await lab.console("vm1", "SHOW DATABASES").contains("my-app.db_1|vm1|"))
                try await lab.console("vm1", "PAUSE \"my-app.db_1\"")
                #expect(try await lab.reconcile(file: good).code == 0)
                try await lab.expectConverged(file: good, nodes: ["vm1"])
                for name in ["odd name", "x]\n[pgbouncer]\nadmin_users=app", "a\"b", "a=b", "%include /etc/passwd"] {
                    let before = try await lab.footprint(["vm1"])
                    let refused = try await lab.reconcile(file: try await named(name))
                    #expect([1, 6].contains(refused.code), "\(name): \(refused.everything)")
                    #expect(Lab.differences(before, try await lab.footprint(["vm1"])).isEmpty, "\(name)")
                }
            }
        }

        /// A text as YAML's double-quoted scalar.
        private func yaml(_ text: String) -> String {
            let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\"\(escaped)\""
        }
    }
}
