import Testing

@testable import ClusterConfig

@Suite struct ProblemTests {
    /// Lines 1 to 6; a row's text begins at line 7.
    static let base = """
        version: 1
        cluster: c
        nodes:
          - {name: vm1, id: 1, host: vm1}
          - {name: vm2, id: 2, host: vm2}
          - {name: vm3, id: 3, host: vm3, priority: 0}

        """

    static let rows: [(String, String, [String])] = [
        (
            "a misspelt key", "failover: {fense: required}",
            ["7:12: error: unknown key \"fense\" in failover (did you mean \"fence\"?)"]
        ),
        (
            "a key in other clothes", "postgresql: {dataDirectory: /x}",
            ["7:14: error: unknown key \"dataDirectory\" in postgresql (did you mean \"data_directory\"?)"]
        ),
        ("a key like no other", "flux: 1", ["7:1: error: unknown key \"flux\""]),
        (
            "a misspelt choice", "failover: {fence: requred}",
            [
                "7:19: error: failover.fence: expected one of required, best_effort, found \"requred\""
                    + " (did you mean \"required\"?)"
            ]
        ),
        (
            "a number for a name", "barman: {host: b, server: 95}",
            [
                "7:27: error: barman.server: expected a name of letters, digits, \"_\", \".\" and \"-\","
                    + " found the number 95"
                    + " (a text that looks like one is written in quotes)"
            ]
        ),
        ("yes for true", "ssh: {sudo: yes}", ["7:13: error: ssh.sudo: expected true or false, found \"yes\""]),
        ("a list for a section", "ssh: []", ["7:6: error: ssh: expected a mapping, found a list"]),
        ("a section that must say something", "barman:", ["7:8: error: barman: expected a mapping, found nothing"]),
        (
            "a bare number for a duration", "reconcile: {interval: 2}",
            [
                "7:23: error: reconcile.interval: expected a duration above zero such as 500ms, 2s, 5min, 24h or 7d "
                    + "(at most 365d), found the number 2 (a text that looks like one is written in quotes)"
            ]
        ),
        (
            "an unknown service", "pgbouncer: {service: sysvinit}",
            [
                "7:22: error: pgbouncer.service: expected one of pgbouncer, systemd, or a mapping with systemd, start,"
                    + " stop, restart, reload, found \"sysvinit\""
            ]
        ),
        (
            "a name that is pgregent's own", "repmgr: {settings: {node_id: 4}}",
            ["7:21: error: repmgr.settings.node_id is pgregent's own: use nodes[].id"]
        ),
        ("a duplicate key", "cluster: d", ["7:1: error: duplicate key \"cluster\" (first at line 2, column 1)"]),
        (
            "a host that is an option", "barman: {host: -oProxyCommand=x}",
            ["7:16: error: barman.host: expected a host name or address, found \"-oProxyCommand=x\""]
        ),
        (
            "a name with a line break", "repmgr: {user: \"a\\nb\"}",
            [
                "7:16: error: repmgr.user: expected a name of 1 to 63 bytes without white space, quotes, \"=\" and backslashes, found \"a\\nb\""
            ]
        ),
        (
            "more standbys than there are", "durability: {mode: quorum, standbys: 3}",
            ["7:38: error: durability.standbys: 3 wanted, but only 2 synchronous standbys are declared"]
        ),
        (
            "a pooler on no node", "pgbouncer: {hosts: [vm1, vm4]}",
            [
                "7:26: error: pgbouncer.hosts[1]: no node is named \"vm4\" (did you mean \"vm1\"?);"
                    + " another host is {name: \"vm4\", host: …}"
            ]
        ),
        (
            "a pool database twice", "pgbouncer: {databases: [{name: a, target: rw}, {name: a, target: ro}]}",
            ["7:55: error: pgbouncer.databases[1].name: \"a\" is also pgbouncer.databases[0].name"]
        ),
        (
            "a preferred primary with priority 0", "preferred_primary: vm3",
            ["7:20: error: preferred_primary: \"vm3\" may never be primary (witness, absent, delayed or priority 0)"]
        ),
        (
            "a local database without a database",
            "pgbouncer: {hosts: [{name: p, host: p}], databases: [{name: a, target: local}]}",
            ["7:72: warning: pgbouncer.databases[0].target: no database runs on \"p\", so it has no \"local\" one"]
        ),
        (
            "one mapping behind two keys, in the file's order", "repmgr: &x {user: 1}\nssh: *x",
            [
                "7:19: error: repmgr.user: expected a name of 1 to 63 bytes without white space, quotes, \"=\" and"
                    + " backslashes, found the number 1 (a text that looks like one is written in quotes)",
                "7:19: error: ssh.user: expected a text of one line that does not begin with \"-\", found the number 1"
                    + " (a text that looks like one is written in quotes)",
            ]
        ),
        (
            "what is refused and breaks a rule too", "durability: {mode: quorum, standbys: 1001}",
            [
                "7:38: error: durability.standbys: expected a whole number from 1 to 1000, found the number 1001",
                "7:38: error: durability.standbys: 1001 wanted, but only 2 synchronous standbys are declared",
            ]
        ),
        (
            "several at once, in the file's order", "ssh: {prot: 22}\nfailover: {mode: auto}\nreconcile: 5",
            [
                "7:7: error: unknown key \"prot\" in ssh (did you mean \"port\"?)",
                "8:18: error: failover.mode: expected one of manual, automatic, found \"auto\"",
                "9:12: error: reconcile: expected a mapping, found the number 5",
            ]
        ),
    ]

    private static func headlines(_ text: String) -> [String] {
        ClusterConfig.decode(text, file: "f").problems.map { String($0.headline.dropFirst(2)) }
    }

    @Test("a problem is named at its place", arguments: rows)
    func row(sentence: String, text: String, expected: [String]) {
        #expect(Self.headlines(Self.base + text + "\n") == expected, "\(sentence)")
    }

    static let nodeRows: [(String, String, [String])] = [
        (
            "what a node must have", "[{nmae: a, id: 0}]",
            [
                "3:9: error: missing key \"name\" in nodes[0]", "3:9: error: missing key \"host\" in nodes[0]",
                "3:10: error: unknown key \"nmae\" in nodes[0] (did you mean \"name\"?)",
                "3:23: error: nodes[0].id: expected a whole number above 0, found the number 0",
            ]
        ),
        (
            "a name, an id and an address twice", "[{name: a, id: 1, host: h}, {name: A, id: 1, host: h}]",
            [
                "3:43: error: nodes[1].name: \"a\" is also nodes[0].name",
                "3:50: error: nodes[1].id: 1 is also nodes[0].id",
                "3:59: error: nodes[1].host: \"h:5432\" is also nodes[0].host",
            ]
        ),
        (
            "an upstream that is not there", "[{name: vm1, id: 1, host: h}, {name: b, id: 2, host: i, upstream: vn1}]",
            ["3:74: error: nodes[1].upstream: no node is named \"vn1\" (did you mean \"vm1\"?)"]
        ),
        (
            "an upstream cycle, once",
            "[{name: a, id: 1, host: h, upstream: b}, {name: b, id: 2, host: i, upstream: a}]",
            ["3:45: error: nodes[0].upstream: the upstreams form a cycle: a -> b -> a"]
        ),
        (
            "a node above which others go round",
            "[{name: a, id: 1, host: h, upstream: c}, {name: b, id: 2, host: i, upstream: c},"
                + " {name: c, id: 3, host: j, upstream: b}]",
            ["3:85: error: nodes[1].upstream: the upstreams form a cycle: b -> c -> b"]
        ),
        (
            "a node below itself", "[{name: a, id: 1, host: h, upstream: a}]",
            ["3:45: error: nodes[0].upstream: a node cannot be its own upstream"]
        ),
        (
            "a witness above a node",
            "[{name: a, id: 1, host: h, upstream: w}, {name: w, id: 2, host: i, kind: witness}]",
            ["3:45: error: nodes[0].upstream: \"w\" is a witness and holds no data"]
        ),
        (
            "nobody to be primary", "[{name: a, id: 1, host: h, priority: 0}]",
            ["3:8: error: nodes: no node may be primary: that takes a data node with a positive priority and no delay"]
        ),
        ("no nodes", "[]", ["3:8: error: nodes is empty"]),
        (
            "a name too long for repmgr", "[{name: \(String(repeating: "x", count: 64)), id: 1, host: h}]",
            [
                "3:16: error: nodes[0].name: expected a name of 1 to 63 bytes without control characters, found "
                    + "\"\(String(repeating: "x", count: 64))\""
            ]
        ),
        (
            "ids and priorities out of range", "[{name: a, id: 2147483648, host: h, priority: -1}]",
            [
                "3:23: error: nodes[0].id: expected a whole number above 0, found the number 2147483648",
                "3:54: error: nodes[0].priority: expected a whole number, 0 or greater, found the number -1",
            ]
        ),
    ]

    @Test("a problem of the nodes is named at its place", arguments: nodeRows)
    func nodeRow(sentence: String, nodes: String, expected: [String]) {
        #expect(Self.headlines("version: 1\ncluster: c\nnodes: \(nodes)\n") == expected, "\(sentence)")
    }

    static let passwords = [
        "repmgr: {password: hunter2}", "repmgr: {pasword: hunter2}", "repmgr: {conninfo: {password: hunter2}}",
        "repmgr: {conninfo: {sslpassword: hunter2}}", "barman: {host: b, settings: {x: \"user=a password = hunter2\"}}",
        "failover: {fence_command: ipmi --password=hunter2}",
        "postgresql: {hba: [host all all all ldap ldapbindpasswd=hunter2]}",
        "pgbouncer: {databases: [{name: a, target: rw, options: {password: hunter2}}]}",
        "pgbouncer: {settings: {x: \"postgresql://me:hunter2@h/d\"}}",
        "barman: {host: b, streaming_password: [hunter2]}",
        "postgresql: {service: {start: PGPASSWORD=hunter2 x}}", "postgresql: {hba: host password=hunter2}",
        "repmgr: {password: hunter2: x}", "repmgr: {password: {file: /x}, password: hunter2}",
    ]

    @Test("a password in the file is refused and not shown again", arguments: passwords)
    func password(text: String) {
        let problems = ClusterConfig.decode(Self.base + text + "\n", file: "f").problems
        #expect(problems.contains { $0.severity == .error })
        for problem in problems { #expect(!problem.description.contains("hunter2")) }
    }
}
