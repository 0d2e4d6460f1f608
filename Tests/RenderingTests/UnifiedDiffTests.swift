import Rendering
import Testing

@Suite struct UnifiedDiffTests {
    @Test("the same texts have no difference")
    func same() {
        #expect(UnifiedDiff(from: "a\nb\n", to: "a\nb\n", name: "f").text == nil)
    }

    @Test("a hunk has three lines of context")
    func context() {
        let old = (1...9).map(String.init).joined(separator: "\n") + "\n"
        let diff = UnifiedDiff(from: old, to: old.replacing("5", with: "five"), name: "f").text
        #expect(diff == "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8")
    }

    @Test("a password in somebody's line is not shown")
    func password() {
        let diff = UnifiedDiff(
            from: "x\na = host=h password=s3cret\n", to: "y\na = host=h password=s3cret\n", name: "f"
        ).text
        #expect(diff?.contains("s3cret") == false)
    }

    /// A patch of the old text must give the new one: so the numbers and the lines of every hunk are right.
    @Test("applied to the old text, a difference gives the new one", arguments: 0..<150)
    func applies(_ seed: Int) {
        var random = Sequence(seed: UInt64(seed))
        let old = (0..<random.next(30)).map { _ in "line \(random.next(6))" }
        var new = old
        for _ in 0..<random.next(5) + 1 {
            if new.isEmpty || random.next(2) == 0 {
                new.insert("new \(random.next(9))", at: random.next(new.count + 1))
            } else {
                new.remove(at: random.next(new.count))
            }
        }
        let diff = UnifiedDiff(from: text(old), to: text(new), name: "f").text
        #expect(apply(diff, to: old) == new, "seed \(seed)")
    }

    private func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

    private func apply(_ diff: String?, to old: [String]) -> [String]? {
        guard let diff else { return old }
        var result: [String] = []
        var position = 0
        for line in diff.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2) {
            if line.hasPrefix("@@") {
                let numbers = line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }
                guard numbers.count == 4 else { return nil }
                let start = numbers[1] == 0 ? numbers[0] : numbers[0] - 1
                guard start >= position, start <= old.count else { return nil }
                result += old[position..<start]
                position = start
                guard result.count == (numbers[3] == 0 ? numbers[2] : numbers[2] - 1) else { return nil }
                continue
            }
            let body = String(line.dropFirst())
            if line.hasPrefix("+") { result.append(body); continue }
            guard position < old.count, old[position] == body else { return nil }
            position += 1
            if line.hasPrefix(" ") { result.append(body) }
        }
        return result + old[position...]
    }
}

/// Numbers that are the same in every run.
private struct Sequence {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
