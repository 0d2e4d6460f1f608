/// The way from what is to what is declared, in an order in which it can be done.
package struct Plan: Sendable, Equatable {
    package var cluster: String
    package var primary: NodeName?
    package var timeline: Timeline?
    package var nodesDeclared: Int
    package var nodesObserved: Int
    package var findings: [Finding]
    /// Each step stands after those that it waits for.
    package var steps: [Step]

    package init(
        cluster: String, primary: NodeName?, timeline: Timeline?, nodesDeclared: Int, nodesObserved: Int,
        findings: [Finding], steps: [Step]
    ) {
        self.cluster = cluster
        self.primary = primary
        self.timeline = timeline
        self.nodesDeclared = nodesDeclared
        self.nodesObserved = nodesObserved
        self.findings = findings
        self.steps = steps
    }

    /// Everything declared was observed.
    package var complete: Bool { !findings.contains { $0.severity == .incomplete } }
    /// A copy is being made: there may be nothing to do meanwhile, and the cluster is not as declared all the same.
    package var isCopying: Bool { findings.contains { $0.code == .cloneRunning } }
    /// There is a step that may be done now.
    package var applyable: Bool { steps.contains { $0.heldBy == nil } }
    package var runnable: [Step] { steps.filter { $0.heldBy == nil } }
    package var held: [Step] { steps.filter { $0.heldBy != nil } }
    /// A safety rule or a policy holds something back, be it a step or the whole.
    package var isHeld: Bool { !held.isEmpty || findings.contains { $0.severity == .blocking } }

    package func count(_ change: Step.Change) -> Int {
        runnable.count { $0.change == change }
    }
}

/// FNV-1a, 64 bits: tells texts apart, hides nothing, and needs no library.
package enum Fingerprint {
    package static func hex(of text: String, bytes: Int) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits.prefix(bytes * 2)
    }
}
