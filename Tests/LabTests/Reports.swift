import Foundation

/// `plan --json`, in the contract's words.
struct PlanReport: Decodable, Sendable {
    struct Finding: Decodable, Sendable {
        var code: String
        var subject: String
        var evidence: [String]
    }

    struct Hold: Decodable, Sendable {
        var rule: String
        var reason: String
    }

    struct Step: Decodable, Sendable {
        var id: String
        var action: String
        var target: String
        var cause: String
        var reason: String
        var after: [String]
        var heldBy: Hold?
        var commands: [String]
        var change: String
        var disruption: String

        private enum CodingKeys: String, CodingKey {
            case id, action, target, cause, reason, after, commands, change, disruption
            case heldBy = "held_by"
        }
    }

    var complete: Bool
    var applyable: Bool
    var findings: [Finding]
    var steps: [Step]

    func finding(_ code: String, _ subject: String? = nil) -> Finding? {
        findings.first { $0.code == code && (subject == nil || $0.subject == subject) }
    }

    func step(_ id: String) -> Step? { steps.first { $0.id == id } }
    var ids: [String] { steps.map(\.id) }
    var runnable: [String] { steps.filter { $0.heldBy == nil }.map(\.id) }
}

/// The parts of `status --json` that the oracles look at.
struct StatusReport: Decodable, Sendable {
    struct Node: Decodable, Sendable {
        var name: String
        var role: String
        var timeline: Int?
        var upstream: String?
        var streaming: Bool?
        var registered: Bool?
    }

    struct Pool: Decodable, Sendable {
        var host: String
        var database: String
        var backend: String?
        var paused: Bool?
        var correct: Bool?
    }

    struct Condition: Decodable, Sendable {
        var type: String
        var status: String
        var message: String
    }

    var converged: Bool
    var primary: String?
    var timeline: Int?
    var nodes: [Node]
    var pgbouncer: [Pool]
    var conditions: [Condition]

    func node(_ name: String) -> Node? { nodes.first { $0.name == name } }
}

/// A line of the journal.
struct JournalEntry: Decodable, Sendable {
    var time: String
    var pass: String
    var step: String
    var action: String
    var target: String
    var outcome: String
    var duration: Double?
    var message: String?

    /// `…-143.2` is the second pass of process 143.
    var isFirstPass: Bool { pass.hasSuffix(".1") }
}

extension Lab {
    func plan(file: String? = nil) async throws -> PlanReport {
        let outcome = try await pgregent("plan", "--json", file: file)
        return try Self.decode(outcome)
    }

    func status(file: String? = nil) async throws -> StatusReport {
        let outcome = try await pgregent("status", "--json", file: file)
        return try Self.decode(outcome)
    }

    func journal(file: String? = nil) async throws -> [JournalEntry] {
        let outcome = try await pgregent("events", "--json", file: file)
        return try outcome.lines.map { try JSONDecoder().decode(JournalEntry.self, from: Data($0.utf8)) }
    }

    static func decode<Report: Decodable>(_ outcome: Outcome) throws -> Report {
        do {
            return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        } catch {
            throw Command.Failure(
                description: "no JSON as promised (\(error)): exit \(outcome.code): \(outcome.everything)")
        }
    }
}
