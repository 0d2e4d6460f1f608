import Foundation
import Testing

/// Benchmarks/writer on the controller: an application that writes 100 rows a second through one PgBouncer.
struct Writer: Sendable {
    /// What it says at its end.
    struct Report: Decodable, Sendable {
        var rows: Int
        var errors: Int
        var messages: [String]
        var longestGap: Double
        var lost: [Int]

        private enum CodingKeys: String, CodingKey {
            case rows, errors, messages, lost
            case longestGap = "longest_gap"
        }
    }

    private let lab: Lab
    private let host: String
    private var files: String { "/tmp/writer-\(host)" }

    static func start(_ lab: Lab, through host: String) async throws -> Writer {
        let writer = Writer(lab: lab, host: host)
        try await writer.start()
        return writer
    }

    /// It ends at the end of its standard input: a pipe that it holds open itself has none.
    private func start() async throws {
        let conninfo = "host=\(host) port=6432 dbname=postgres_rw user=app application_name=writer"
        try await lab.shell(
            "controller", as: "operator",
            """
            rm -f \(files).*; mkfifo \(files).in; exec 3<>\(files).in
            PGPASSWORD="\(Lab.appPassword)" setsid '\(Lab.repository)/Benchmarks/writer' '\(conninfo)' 0.01 \
              <&3 >\(files).out 2>\(files).err & echo $! >\(files).pid
            """)
        let connected = "SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'writer'"
        try await eventually("the writer through \(host) writes") {
            let primary = try await lab.writable().first ?? "vm1"
            let said = try await lab.shell("controller", "cat \(files).out")
            guard !said.isEmpty else { return false }
            return try await lab.sql(primary, connected) == "t"
        }
    }

    /// Ends it; one whose clients still wait for an answer after 20 s is a pool that was never let go.
    func stop() async throws -> Report {
        let script = """
            p=$(cat \(files).pid); kill -TERM "$p"; n=0
            while kill -0 "$p" 2>/dev/null; do
              n=$((n+1)); [ $n -lt 400 ] || { ps -o pid,stat,wchan,args -p "$p"; kill -KILL "$p"; exit 1; }
              sleep 0.05
            done
            cat \(files).err >&2; tail -n 1 \(files).out
            """
        let ended = try await lab.exec("controller", ["bash", "-s"], input: script)
        guard ended.code == 0 else {
            let pools = try await lab.console(host, "SHOW DATABASES")
            throw Command.Failure(description: "the writer through \(host) hangs: \(ended.everything)\n\(pools)")
        }
        let out = ended.trimmed
        do {
            return try JSONDecoder().decode(Report.self, from: Data(out.utf8))
        } catch {
            throw Command.Failure(description: "the writer through \(host) said \(out)")
        }
    }
}

extension Lab {
    static let nodes = ["vm1", "vm2", "vm3"]
    /// As `.convergedLab` gave it to the role.
    static let appPassword = "the application's own word"

    /// The nodes that take writes, asked one by one; a server that is down takes none.
    func writable() async throws -> [String] {
        try await writable(among: Self.nodes)
    }

    func writable(among nodes: [String]) async throws -> [String] {
        var all: [String] = []
        for node in nodes {
            let psql = ["psql", "-XAtc", "SELECT NOT pg_is_in_recovery()"]
            if try await exec(node, as: "postgres", psql).trimmed == "t" { all.append(node) }
        }
        return all
    }

    /// The standby that takes writes in vm1's place, which may hang and is not asked: vm2, or vm3 where that had received
    /// more of what vm1 wrote last.
    func successor(within limit: Duration) async throws -> String {
        var promoted: [String] = []
        try await eventually("a standby takes writes", within: limit) {
            promoted = try await writable(among: ["vm2", "vm3"])
            return !promoted.isEmpty
        }
        #expect(promoted.count == 1)
        return promoted[0]
    }

    func tableForWriters() async throws {
        try await sql(
            try await writable().first ?? "vm1",
            """
            CREATE TABLE IF NOT EXISTS t (i bigserial PRIMARY KEY, at timestamptz DEFAULT clock_timestamp());
            GRANT ALL ON t, t_i_seq TO app
            """)
    }

    /// Runs the body while clients write through these poolers and every node is asked each 100 ms whether it takes
    /// writes. O1 and O2: nothing acknowledged is lost, and the primaries came one after the other.
    /// - Parameters:
    ///   - errors: how many errors clients may see.
    ///   - primaries: nil where vm1 dies in the middle of a write, so that either standby may have received the most.
    func underLoad(
        through hosts: [String] = ["vm1", "vm3"], errors: ClosedRange<Int> = 0...0, primaries: [String]?,
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
    ) async throws {
        try await tableForWriters()
        let roles = try await RoleSampler.start(self)
        var writers: [Writer] = []
        for host in hosts { writers.append(try await Writer.start(self, through: host)) }
        let failure: (any Error)?
        do {
            try await body()
            failure = nil
        } catch {
            failure = error
        }
        for writer in writers {
            let report = try await writer.stop()
            #expect(report.lost.isEmpty, "acknowledged and gone: \(report)", sourceLocation: sourceLocation)
            #expect(errors.contains(report.errors), "\(report)", sourceLocation: sourceLocation)
            #expect(report.rows > 10, "\(report)", sourceLocation: sourceLocation)
        }
        let took = try await roles.stop()
        let expected = primaries ?? ["vm1", took.last == "vm3" ? "vm3" : "vm2"]
        #expect(took == expected, "who took writes, in turn", sourceLocation: sourceLocation)
        if let failure { throw failure }
    }
}

/// Asks every node each 100 ms whether it takes writes. All hosts have one clock, so the answers have one order.
struct RoleSampler: Sendable {
    private let lab: Lab
    private static let file = "/tmp/roles"

    static func start(_ lab: Lab) async throws -> RoleSampler {
        for node in Lab.nodes {
            try await lab.shell(
                node, as: "postgres",
                """
                rm -f \(file) \(file).stop
                cat >\(file).sql <<'SQL'
                SELECT format('role %s %s', extract(epoch FROM clock_timestamp()), pg_is_in_recovery()) \\watch 0.1
                SQL
                setsid sh -c 'until [ -e \(file).stop ]; do psql -XAt -f \(file).sql; sleep 0.05; done' \
                  >\(file) 2>/dev/null </dev/null & echo $! >\(file).pid
                """)
        }
        return RoleSampler(lab: lab)
    }

    /// The nodes that took writes, in turn: two at once would alternate.
    func stop() async throws -> [String] {
        var seen: [(time: Double, node: String)] = []
        for node in Lab.nodes {
            let lines = try await lab.shell(
                node, as: "postgres",
                "touch \(Self.file).stop; kill -- -$(cat \(Self.file).pid); grep ^role \(Self.file) || true")
            for line in lines.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 3, words[2] == "f", let time = Double(words[1]) else { continue }
                seen.append((time, node))
            }
        }
        return seen.sorted { $0.time < $1.time }.reduce(into: []) { turns, sample in
            if turns.last != sample.node { turns.append(sample.node) }
        }
    }
}
