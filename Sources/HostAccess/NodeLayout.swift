package import ClusterModel

/// Where one node's PostgreSQL keeps its things, and how its service is run.
package struct NodeLayout: Sendable {
    private let node: NodeSpec
    private var spec: PostgreSQLSpec { node.postgresql }

    package init(_ node: NodeSpec) {
        self.node = node
    }

    package var configurationFile: String { spec.configDirectory + "/postgresql.conf" }
    package var hbaFile: String { spec.configDirectory + "/pg_hba.conf" }
    /// Configuration outside the data directory, as Debian has it.
    package var isSplit: Bool { spec.configDirectory != spec.dataDirectory }
    /// What pgregent has to remember about the node. Beside it lie files with its name and another ending.
    package var record: RecordFile { RecordFile(recordPath) }
    /// The same for a server that may have died of a full disk: every start writes postmaster.opts anew.
    package var recordOfStopped: RecordFile { RecordFile(recordPath, spare: spec.dataDirectory + "/postmaster.opts") }
    private var recordPath: String { spec.recordDirectory + "/" + FileName.encoded(node.name) }
    package var watchdogScript: String { recordPath + ".guard" }
    package var localServer: LocalServer { LocalServer(port: spec.port, binDirectory: spec.binDirectory) }
    /// Debian's name of this cluster: the last part of its configuration directory.
    package var debianName: String {
        let name = spec.configDirectory.utf8.lastIndex(of: UInt8(ascii: "/")).map {
            spec.configDirectory[spec.configDirectory.utf8.index(after: $0)...]
        }
        // A path that ends in a slash is rare, and taken apart as a whole.
        guard let name, !name.isEmpty else {
            return String(spec.configDirectory.split(separator: "/").last ?? "main")
        }
        return String(name)
    }

    package var programs: [String] {
        var names = ["postgres", "pg_ctl", "initdb", "pg_basebackup", "psql", "pg_controldata"]
        if case .pgCtlCluster = spec.service { names += ["pg_ctlcluster", "pg_createcluster"] }
        return names
    }

    package var directoriesToMake: [String] {
        isSplit ? [spec.dataDirectory, spec.configDirectory] : [spec.dataDirectory]
    }

    package enum Verb: String, Sendable { case start, stop, restart, reload }

    /// The command that does this to the service, for `sh`.
    package func service(_ verb: Verb) -> String {
        switch spec.service {
        case .pgCtlCluster:
            let wait = verb == .stop || verb == .restart ? " -m fast" : ""
            return "pg_ctlcluster \(spec.version) \(Quoting.shell(debianName)) \(verb.rawValue)\(wait)"
        case .systemd(let unit):
            return "systemctl \(verb.rawValue) \(Quoting.shell(unit ?? "postgresql@\(spec.version)-\(debianName)"))"
        case .commands(let start, let stop, let restart, let reload):
            let own = [Verb.start: start, .stop: stop, .restart: restart, .reload: reload][verb] ?? nil
            return own ?? pgCtl(verb)
        case .pgCtl, .pgbouncer:
            return pgCtl(verb)
        }
    }

    /// Do two commands do the same? pg_ctlcluster's own way to stop is the fast one, said or not.
    package static func sameService(_ left: String, _ right: String) -> Bool {
        func bare(_ command: String) -> [Substring] {
            let words = command.split(whereSeparator: \.isWhitespace)
            return words.first == "pg_ctlcluster" && words.suffix(2) == ["-m", "fast"] ? words.dropLast(2) : words
        }
        return left == right || bare(left) == bare(right)
    }

    /// The account that may run `service(_:)`.
    package var serviceAccount: Account {
        if case .systemd = spec.service { return .privileged(orElse: spec.osUser) }
        return .named(spec.osUser)
    }

    private func pgCtl(_ verb: Verb) -> String {
        let program = Quoting.shell(spec.binDirectory + "/pg_ctl")
        let data = Quoting.shell(spec.dataDirectory)
        let options = isSplit ? " -o \(Quoting.shell("-c config_file=" + Quoting.shell(configurationFile)))" : ""
        switch verb {
        case .start, .restart:
            return
                "\(program) \(verb.rawValue) -D \(data) -w -s -l \(Quoting.shell(spec.dataDirectory + ".log"))\(options)"
        case .stop: return "\(program) stop -D \(data) -m fast -w -s"
        case .reload: return "\(program) reload -D \(data) -s"
        }
    }
}
