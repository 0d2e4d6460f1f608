package import ClusterModel

/// A plan for people: Terraform's symbols and its summary line.
package struct PlanText {
    private let plan: Plan
    private let spec: ClusterSpec
    private let colour: Bool

    package init(_ plan: Plan, _ spec: ClusterSpec, colour: Bool) {
        self.plan = plan
        self.spec = spec
        self.colour = colour
    }

    package func text(diffs: Bool) -> String {
        var lines = [header] + body
        if diffs {
            for step in plan.steps {
                let diff = StepDiff(step, spec).text
                if !diff.isEmpty { lines.append(diff) }
            }
        }
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    /// The lines between the first one and the summary: findings and steps.
    package var body: [String] { plan.findings.flatMap(finding) + steps }

    private var header: String {
        let primary =
            plan.primary.map { name in "primary \(name)" + (plan.timeline.map { ", timeline \($0)" } ?? "") }
            ?? "no primary"
        return "cluster \(plan.cluster)  \(primary)  observed \(plan.nodesObserved) of \(plan.nodesDeclared) nodes"
    }

    private func finding(_ finding: Finding) -> [String] {
        let mark = finding.severity == .notice ? "i" : "?"
        var lines = [
            "  \(painted(mark, finding.severity == .notice ? "36" : "31")) \(finding.subject): \(finding.code.rawValue)"
        ]
        lines += finding.evidence.map { "      \($0)" }
        if let remedy = finding.remedy { lines.append("      -> \(remedy)") }
        return lines
    }

    private var steps: [String] {
        let rows = plan.steps.map { step in
            if let hold = step.heldBy { return [step.label, step.id.name.verb, "held: \(hold.words)"] }
            let words = step.words
            return [step.label, step.id.name.verb, words.summary, step.cause.rawValue, words.detail]
        }
        // Held lines are sentences: they do not widen the columns of the others.
        let widths = Columns.text(rows.map { $0.count == 3 ? [$0[0], $0[1]] : $0 }, minimum: [5, 9, 34, 13])
        return zip(zip(plan.steps, rows), widths).map { pair, line in
            let (step, row) = pair
            let body =
                row.count == 3
                ? Columns.text([[row[0], row[1], row[2]]], minimum: [self.width(0, rows), self.width(1, rows)])[0]
                : line
            return "  \(symbol(step)) \(body)"
        }
    }

    private func width(_ column: Int, _ rows: [[String]]) -> Int {
        max(rows.map { $0[column].count }.max() ?? 0, [5, 9][column])
    }

    private func symbol(_ step: Step) -> String {
        if step.heldBy != nil { return painted("!", "35") }
        return switch step.change {
        case .add: painted("+", "32")
        case .change: painted("~", "33")
        case .destroy: painted("-", "31")
        }
    }

    private func painted(_ text: String, _ code: String) -> String {
        colour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private var summary: String {
        if plan.steps.isEmpty {
            guard plan.complete else { return "Nothing to change in what was observed; not everything could be." }
            if plan.isCopying, !plan.isHeld { return "Nothing to change while a copy is being made." }
            return plan.isHeld
                ? "Nothing that could be changed: what is marked with ? needs a person."
                : "No changes. The cluster matches cluster.yaml."
        }
        let counts =
            "Plan: \(plan.count(.add)) to add, \(plan.count(.change)) to change, \(plan.count(.destroy)) to destroy."
        return plan.held.isEmpty ? counts : counts + " \(plan.held.count) held."
    }
}

extension Step {
    /// Where it is done: the node, or `p@` and the pooler's host.
    package var label: String { action.system == .pgbouncer ? "p@\(target)" : target }
}

extension Step.Hold {
    /// The rule's name stands where the reason alone would not name it.
    var words: String {
        reason.contains(rule.name) ? reason : "\(rule.name): \(reason)"
    }
}
