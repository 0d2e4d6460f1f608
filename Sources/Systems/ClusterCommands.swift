import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// What a step comes to on the hosts: its operations and checks, as they are printed and as they are run.
///
/// Nothing is rendered before somebody prints or runs it.
package struct ClusterCommands: StepCommands {
    private let spec: ClusterSpec

    package init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    package func operations(_ step: Step) -> [Operation] {
        switch step.action {
        case .postgresql(let action):
            PostgreSQL.Actions(spec).operations(action, on: step.target, partners)
        case .repmgr(let action): Repmgr.Actions(spec).operations(action, on: step.target)
        case .pgbouncer(let action): PgBouncer.Actions(spec).operations(action, on: step.target)
        case .barman(let action): Barman.Actions(spec).operations(action, on: step.target)
        case .decision: []
        }
    }

    package func check(_ condition: Condition) -> Check? {
        let sentence = condition.sentence(spec)
        return switch condition {
        case .postgresql(let condition):
            PostgreSQL.Actions(spec).check(condition, sentence: sentence, spec.switchover.maximumLag)
        case .repmgr(let condition): Repmgr.Actions(spec).check(condition, sentence: sentence)
        case .pgbouncer(let condition): PgBouncer.Actions(spec).check(condition, sentence: sentence)
        case .barman(let condition): Barman.Actions(spec).check(condition, sentence: sentence)
        }
    }

    private var partners: PostgreSQL.Actions.Partners {
        PostgreSQL.Actions.Partners(
            fetch: { Barman.Actions(spec).fetch($0, to: $1) },
            conninfo: { upstream, receiver in
                Self.receiving(Repmgr.Desired.conninfo(of: upstream, spec).text, as: receiver)
            })
    }

    /// repmgr's conninfo of a node, as a receiver uses it.
    private static func receiving(_ conninfo: String, as name: NodeName) -> String {
        var parameters = Conninfo.parse(conninfo) ?? [:]
        parameters["dbname"] = nil
        parameters["application_name"] = name
        return Quoting.conninfo(parameters.sorted { $0.key < $1.key }.map { ($0, $1) })
    }
}

extension ClusterCommands {
    /// What a saved plan remembers of a step, to know whether it is still the same.
    package func fingerprint(_ step: Step) -> String {
        let work = operations(step).map {
            "\($0.host) \($0.account.fingerprint) \($0.shown) \($0.contentFingerprint)"
        }
        let words = step.words
        let head = [
            "\(step.id)", step.change.rawValue, words.summary, words.detail, step.heldBy?.rule.name ?? "",
        ]
        let after = step.after.keys.sorted().map(\.description)
        let text = (head + after + work).joined(separator: "\u{1F}")
        return "\(step.id)=" + Fingerprint.hex(of: text, bytes: 8)
    }

    /// Names a plan: equal plans have equal ids.
    package func id(of plan: Plan) -> String {
        let text = ([plan.cluster] + plan.steps.map(fingerprint)).joined(separator: "\n")
        return Fingerprint.hex(of: text, bytes: 8)
    }
}

extension Account {
    fileprivate var fingerprint: String {
        switch self {
        case .login: "-"
        case .named(let name): "=" + name
        case .privileged(let name): "+" + name
        }
    }
}

extension Operation {
    fileprivate var contentFingerprint: String {
        switch work {
        case .write(let write):
            Fingerprint.hex(of: (write.observed ?? "\u{0}") + "\u{1F}" + write.content, bytes: 8)
        case .edit(let edit):
            switch edit.change {
            case .keyedLines(let lines): lines.map(\.line.redacted).joined(separator: "\n")
            case .block(let lines, _): (edit.observed ?? "") + lines.joined(separator: "\n")
            }
        case .script, .sql, .transfer, .session, .count, .caughtUp, .local: ""
        }
    }
}
