import ClusterModel
import Planning
import Testing

/// Every code that is printed is explained.
@Suite struct ExplanationTests {
    @Test("each code of a finding, a rule or a row has a sentence that ends as one")
    func sentences() {
        for explanation in Explanation.all where explanation.kind != .order {
            #expect(explanation.meaning.hasSuffix("."), "\(explanation.code): \(explanation.meaning)")
        }
        for code in Finding.Code.allCases { #expect(!Explanation.of(code.rawValue).isEmpty) }
        for name in RoleRuleName.allCases { #expect(Explanation.of(name.rawValue).contains { $0.kind == .role }) }
    }

    @Test("the rows name each rule once, and the last that fits each number of writable nodes fits always")
    func rows() {
        #expect(RoleRules.rows.map(\.name) == RoleRuleName.allCases)
        let last = [RoleRule.Writable.one, .none, .several].map { writable in
            RoleRules.rows.last { $0.writable.contains(writable) }?.name
        }
        #expect(last == [.onePrimary, .noPrimaryYet, .severalTakeWrites])
    }

    @Test("a code is found whatever its case, and nothing is made up")
    func found() {
        #expect(Explanation.of("primary_dead").map(\.code) == ["PRIMARY_DEAD"])
        #expect(Explanation.of("NOTHING").isEmpty)
    }
}
