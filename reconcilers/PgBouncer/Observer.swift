package import ClusterModel
package import HostAccess

/// What pgregent asks a host about PgBouncer, and how it reads the answers.
package struct Observer: Sendable {
    private let spec: PgBouncerSpec
    private let host: PoolerHost
    private let binDirectory: String
    private let osUser: String
    private let nodeHosts: [String]

    /// - Parameter nodeHosts: the hosts of the cluster's nodes, by which a connection's server is recognised.
    package init(spec: PgBouncerSpec, host: PoolerHost, binDirectory: String, osUser: String, nodeHosts: [String]) {
        self.nodeHosts = nodeHosts
        self.osUser = osUser
        self.spec = spec
        self.host = host
        self.binDirectory = binDirectory
    }

    /// The questions to the host, as the account that PgBouncer runs as: its socket lets that account in as the
    /// console's user without a password.
    package var script: String {
        let program = ShellProgram(
            Scripts.observe,
            [
                "pb_auth": spec.authFile, "field": HostSQL.field, "record": HostSQL.record,
                "node_hosts": nodeHosts.joined(separator: "\n"), "boundary": HostSQL.boundary,
                "as_root": HostProbe.becomesRoot(host.ssh, as: osUser),
            ], after: [ConsoleCommand.program(spec, binDirectory: binDirectory)])
        return "\(program)\n"
    }

    package func observed(_ answers: HostProbe.Answers) -> Observed {
        Observed(
            configuration: answers.text("pb.conf"),
            authEntries: answers.text("pb.auth").text.map(Self.authEntries) ?? [:],
            authFileIsReadable: answers.text("pb.auth") != .unreadable,
            missingPrograms: answers.words("pb.absent"),
            // What is not seen is not stopped: the file says by what it is known that it runs.
            isRunning: answers.isYes("pb.running") || answers.text("pb.console").text != nil
                || answers.text("pb.conf") == .unreadable,
            console: console(answers),
            unwritable: answers.words("pb.unwritable"))
    }

    private func console(_ answers: HostProbe.Answers) -> Seen<Console> {
        guard let output = answers.text("pb.console").text else {
            guard answers.text("pb.conf") != .unreadable else {
                return .unknown(reason: "\(spec.configFile) cannot be read, which says where its console is")
            }
            return .unknown(reason: answers.text("pb.refused").text?.trimmed ?? "no answer")
        }
        let results = HostSQL.results(output + "\n")
        guard results.count == 3, let databases = results[1], let settings = results[2] else {
            return .unknown(reason: "the console's answer was not understood: \(output.prefix(200))")
        }
        return .known(
            Console(
                version: results[0]?.rows.first?.first.flatMap { $0 } ?? "?",
                databases: databases.records.map { row in
                    Console.Database(
                        name: row["name"] ?? "", host: row["host"] ?? "", port: row["port"] ?? "",
                        database: row["database"] ?? "", paused: row["paused"] == "1")
                },
                settings: Dictionary(settings.records.map { ($0["key"] ?? "", $0["value"] ?? "") }) { $1 },
                standing: answers.words("pb.standing"),
                strays: answers.words("pb.stray").compactMap { line in
                    let words = line.split(separator: " ", maxSplits: 1).map(String.init)
                    return words.count == 2 ? Console.Stray(host: words[0], database: words[1]) : nil
                }))
    }

    /// `"user" "secret"` lines; a quote inside is doubled.
    static func authEntries(_ text: String) -> [String: Secret] {
        var entries: [String: Secret] = [:]
        for line in text.split(separator: "\n") {
            let words = quotedWords(String(line))
            if words.count >= 2 { entries[words[0]] = Secret(words[1]) }
        }
        return entries
    }

    private static func quotedWords(_ line: String) -> [String] {
        var words: [String] = []
        var rest = Substring(line.trimmed)
        while rest.first == "\"" {
            rest.removeFirst()
            var word = ""
            while let character = rest.popFirst() {
                if character == "\"" {
                    guard rest.first == "\"" else { break }
                    rest.removeFirst()
                }
                word.append(character)
            }
            words.append(word)
            rest = rest.drop(while: \.isWhitespace)
        }
        return words
    }
}

/// How the admin console is reached on PgBouncer's own host.
enum ConsoleCommand {
    /// Defines `find_console`, which finds the socket, and the process id file, which are the running configuration's matter, and
    /// `pb_console`: psql on the console.
    static func program(_ spec: PgBouncerSpec, binDirectory: String) -> ShellProgram {
        ShellProgram(
            Scripts.console,
            [
                "pb_ini": spec.configFile, "pb_usual_port": String(spec.port), "pb_program": binDirectory + "/psql",
                "pb_user": spec.adminUser,
            ])
    }
}
