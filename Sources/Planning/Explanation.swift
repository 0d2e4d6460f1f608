package import ClusterModel

/// What a printed code means and what to do about it: of findings, of the rules that hold or order steps, and of those that say who
/// is primary.
package struct Explanation: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case finding = "findings"
        case safety = "rules that hold a step"
        case order = "rules that order steps"
        case role = "rules that say who is primary; the first that fits counts"
    }

    package var kind: Kind
    /// As it is printed.
    package var code: String
    package var meaning: String
    /// Nil where there is nothing to do.
    package var remedy: String?

    package static let all: [Explanation] =
        Finding.Code.allCases.map { code in
            let meaning = code.meaning
            return Explanation(kind: .finding, code: code.rawValue, meaning: meaning.what, remedy: meaning.remedy)
        }
        + SafetyRule.allCases.map { Explanation(kind: .safety, code: $0.rawValue, meaning: $0.sentence) }
        + RuleName.allCases.map { Explanation(kind: .order, code: $0.rawValue, meaning: $0.sentence) }
        + RoleRules.rows.map { row in
            let situation = row.writable.map(Self.words).joined(separator: " or ")
            return Explanation(kind: .role, code: row.name.rawValue, meaning: "Where \(situation): \(row.sentence)")
        }

    private static func words(_ writable: RoleRule.Writable) -> String {
        switch writable {
        case .one: "one node is seen to take writes"
        case .none: "no node is seen to take writes"
        case .several: "several nodes are seen to take writes"
        }
    }

    /// Some names stand for a rule of two kinds. Upper and lower case are the same.
    package static func of(_ code: String) -> [Explanation] {
        all.filter { $0.code.lowercased() == code.lowercased() }
    }
}
