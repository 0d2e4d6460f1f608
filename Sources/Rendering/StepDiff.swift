package import ClusterModel
import HostAccess
import Systems

/// The files that a step changes, as unified diffs; passwords are asterisks.
package struct StepDiff {
    private let step: Step
    private let commands: ClusterCommands

    package init(_ step: Step, _ spec: ClusterSpec) {
        self.step = step
        commands = ClusterCommands(spec)
    }

    package var text: String {
        commands.operations(step).compactMap(diff).joined(separator: "\n")
    }

    private func diff(_ operation: Operation) -> String? {
        switch operation.work {
        case .write(let write):
            return UnifiedDiff(from: write.observed ?? "", to: write.content, name: "\(operation.host):\(write.path)")
                .text
        case .edit(let edit):
            switch edit.change {
            case .block(let lines, let atTop):
                let old = edit.observed ?? ""
                let new = ManagedBlock.replacing(in: old, with: lines, atTop: atTop)
                return UnifiedDiff(from: old, to: new, name: "\(operation.host):\(edit.path)").text
            case .keyedLines(let lines):
                // What such a file holds is secret: only our own lines are shown, without their secrets.
                let name = "\(operation.host):\(edit.path)"
                return "--- \(name)\n+++ \(name)\n" + lines.map { "+\($0.line.redacted)" }.joined(separator: "\n")
            }
        case .script, .local, .sql, .transfer, .session, .count, .caughtUp: return nil
        }
    }
}
