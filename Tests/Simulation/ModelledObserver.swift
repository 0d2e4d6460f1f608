import ClusterModel
import ControlLoop
import HostAccess
import Planning
import PostgreSQL
import Repmgr
import Systems
import TestKit

/// An observation: every host is asked at the same time and answers at its own, and so does its server; what is seen never
/// was so all at once.
final class ModelledObserver: SnapshotSource, @unchecked Sendable {
    private let doors: ModelledDoors
    /// What the last observation has shown.
    private(set) var snapshot = ClusterSnapshot()

    init(_ doors: ModelledDoors) { self.doors = doors }

    private enum Part { case host, server }

    /// How long a host that does not answer is waited for.
    private static let patience: [Part: Duration] = [.host: .seconds(5), .server: .seconds(2)]

    func observe(silent: NodeName?) async -> ClusterSnapshot {
        let stage = doors.stage
        if await doors.stopsIfKilled() { return ClusterSnapshot() }
        let begin = stage.time.now
        var seen = ClusterSnapshot(sshKeys: stage.world.truth.snapshot.sshKeys)
        var questions = stage.world.spec.nodes.flatMap { node in
            [Part.host, .server].map { (part: $0, name: node.name, at: begin + doors.latency(node.name, 3...40)) }
        }
        questions.sort { $0.at < $1.at }
        var unanswered: [(part: Part, name: NodeName, at: Duration)] = []
        for question in questions {
            let end = begin + (Self.patience[question.part] ?? .zero)
            await stage.time.sleep(until: min(question.at, end))
            if doors.reaches(question.name), question.at < end {
                answer(question.part, question.name, &seen)
            } else {
                unanswered.append(question)
            }
        }
        for part in [Part.server, .host] {
            for question in unanswered where question.part == part {
                let end = begin + (question.name == silent ? .milliseconds(100) : Self.patience[part] ?? .zero)
                while !doors.reaches(question.name), stage.time.now < end, !Task.isCancelled {
                    await stage.time.sleep(until: end, isWatching: true)
                }
                if doors.reaches(question.name), question.at < end {
                    answer(part, question.name, &seen)
                } else {
                    leaveUnknown(part, question.name, &seen)
                }
            }
        }
        seen.barman = stage.world.truth.snapshot.barman
        snapshot = seen
        return seen
    }

    private func answer(_ part: Part, _ name: NodeName, _ seen: inout ClusterSnapshot) {
        let (truth, nothing) = (doors.stage.world.truth.snapshot, Self.nothing)
        switch part {
        case .host:
            guard var host = truth.postgresql[name]?.host, let registry = truth.repmgr[name]?.host else { return }
            if case .known(var facts) = host, facts.recordedFailover != nil {
                facts.recordedFailover?.age = doors.stage.world.markAge(name, at: doors.stage.time.now)
                host = .known(facts)
            }
            seen.postgresql[name, default: nothing.server].host = host
            seen.repmgr[name, default: nothing.registry].host = registry
            seen.pgbouncer[name] = truth.pgbouncer[name]
        case .server:
            guard let server = truth.postgresql[name], let registry = truth.repmgr[name]?.registry else { return }
            seen.postgresql[name, default: nothing.server].server = server.server
            seen.postgresql[name, default: nothing.server].login = server.login
            seen.repmgr[name, default: nothing.registry].registry = registry
        }
    }

    private func leaveUnknown(_ part: Part, _ name: NodeName, _ seen: inout ClusterSnapshot) {
        let nothing = Self.nothing
        switch part {
        case .host:
            let failure = ShellFailure(.unreachable, host: name, "ssh to \(name): no answer within 5 s")
            seen.unreached[name] = failure
            seen.postgresql[name, default: nothing.server].host = .unknown(reason: failure.message)
            seen.repmgr[name, default: nothing.registry].host = .unknown(reason: failure.message)
            seen.pgbouncer[name] = .unknown(reason: failure.message)
        case .server:
            let message = "\(name):5432 did not answer within 2 s"
            seen.postgresql[name, default: nothing.server].server = .unknown(reason: message)
            seen.postgresql[name, default: nothing.server].login = .failed(.unreachable, message: message)
            seen.repmgr[name, default: nothing.registry].registry = .unknown(reason: message)
        }
    }

    private static let nothing = (
        server: PostgreSQL.Observed(
            host: .unknown(reason: "not asked"), server: .unknown(reason: "not asked"),
            login: .failed(.unreachable, message: "not asked")),
        registry: Repmgr.Observed(host: .unknown(reason: "not asked"), registry: .unknown(reason: "not asked"))
    )
}
