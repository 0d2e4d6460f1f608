import ClusterModel
import Execution
import TestKit

/// Does steps on the modelled hosts: each takes its time, and what it does is there in the middle of it. While there are
/// faults, some are done by half, of some the answer is lost, and some faults strike just then.
final class ModelledSteps: StepPerformer, @unchecked Sendable {
    private let doors: ModelledDoors
    private let look: ModelledObserver

    init(_ doors: ModelledDoors, _ look: ModelledObserver) {
        self.doors = doors
        self.look = look
    }

    private enum Luck { case whole, half, unanswered }

    func perform(_ step: Step, _ watcher: any ExecutionWatcher) async -> StepOutcome {
        let stage = doors.stage
        // Whatever is begun rests on the observation before it.
        let basis = look.snapshot
        let duration = doors.latency(step.target, Self.milliseconds(step))
        var effect = StepEffect(step: step, basis: basis)
        // A copy is at work most of the time; what else there is happens in the middle.
        let edge = effect.copies ? duration / 8 : duration / 2
        await stage.time.sleep(for: edge)
        let begin = begin(effect)
        if begin == .refused { return ended(step, .failed("refused")) }
        if begin == .copying { await stage.time.sleep(for: duration - edge * 2) }
        if stage.isEventful, stage.chance(1, in: 25) {
            stage.happen { world, random in try Fault.strike(world, &random) }
        }
        if stage.isEventful, stage.chance(1, in: 50) { doors.kill() }
        if stage.isEventful, stage.chance(1, in: 100) { doors.askToStop() }
        let isSeen = !doors.isKilled && reaches(step)
        // A copy that was begun may go on by itself.
        guard isSeen || begin == .copying && stage.chance(1, in: 2) else {
            if begin == .copying { stage.happen { world, _ in effect.leave(in: world) } }
            if doors.isKilled { return .stopped }
            await stage.time.sleep(for: .seconds(5))
            return ended(step, .failed("no answer"))
        }
        guard isAccepted(step) else { return ended(step, .failed("no server accepts connections")) }
        let luck = isSeen ? luck(step) : .unanswered
        effect.isHalf = luck == .half
        var isAllowed = false
        stage.happen { world, _ in
            isAllowed = try effect.apply(to: world)
            world.tell(line(step, isAllowed ? luck == .half ? "by half" : "done" : "refused"))
        }
        await stage.time.sleep(for: edge)
        if doors.isKilled { return .stopped }
        guard isAllowed else { return isTried(step) ? .failed("refused") : .skipped("a guard does not hold") }
        return switch luck {
        case .half: .failed("by half")
        case .unanswered: ended(step, .unknown("no answer"))
        case .whole: .done
        }
    }

    private enum Begin { case nothing, copying, refused }

    /// A copy shows from its begin that it is at work.
    private func begin(_ effect: StepEffect) -> Begin {
        guard effect.copies, !doors.isKilled else { return .nothing }
        guard reaches(effect.step) else { return .refused }
        var goesOn = false
        doors.stage.happen { world, _ in
            goesOn = try effect.begin(in: world)
            world.tell(line(effect.step, goesOn ? "begun" : "refused"))
        }
        return goesOn ? .copying : .refused
    }

    private func luck(_ step: Step) -> Luck {
        guard doors.stage.isEventful else { return .whole }
        // What takes long has more time to be interrupted.
        if doors.stage.chance(1, in: Self.isLong(step) ? 5 : 40) { return .half }
        return doors.stage.chance(1, in: 40) ? .unanswered : .whole
    }

    private func ended(_ step: Step, _ outcome: StepOutcome) -> StepOutcome {
        doors.stage.tell(line(step, "\(outcome)"))
        return outcome
    }

    private func line(_ step: Step, _ end: String) -> String {
        "  pgregent \(doors.actor + 1): \(step.id) (\(step.words.summary)): \(end)"
    }

    private static func milliseconds(_ step: Step) -> ClosedRange<Int> {
        switch step.id.name {
        case .repmgrClone, .repmgrRejoin: 1000...8000
        case .postgresqlDemote, .postgresqlStart, .postgresqlStartAgain, .postgresqlStartCrashed: 50...300
        default: 5...40
        }
    }

    private static func isLong(_ step: Step) -> Bool { [.repmgrClone, .repmgrRejoin].contains(step.id.name) }

    /// What begins before it can be known whether it may be ended.
    private func isTried(_ step: Step) -> Bool {
        let tried: Set<ActionName> = [
            .postgresqlDemote, .postgresqlDetach, .repmgrClone, .repmgrRejoin, .repmgrFollow, .repmgrReconnect,
            .postgresqlCatchUp,
        ]
        return tried.contains(step.id.name)
    }

    private func reaches(_ step: Step) -> Bool {
        step.hosts.allSatisfy { host in
            doors.stage.world.spec.node(host) == nil || doors.reaches(host)
        }
    }

    private func isAccepted(_ step: Step) -> Bool {
        step.sessions.allSatisfy { doors.stage.world.server($0) != nil }
    }
}
