import ClusterModel
import HostAccess
import Systems
import TestKit
import Testing

/// What a step comes to on the hosts.
@Suite struct CommandTests {
    private let commands = ClusterCommands(Declared.cluster(nodes: 3))

    private func configure(observed: String?, _ content: String) -> Step {
        let file = ObservedFile(path: "/etc/barman.d/vm95.conf", observed: observed, content: content)
        return Step(.barman(.configure(file)), on: "backup", cause: .drift)
    }

    @Test("what names a plan changes with what it would do")
    func fingerprint() {
        let step = configure(observed: "old", "a")
        #expect(commands.fingerprint(step) == commands.fingerprint(step))
        #expect(commands.fingerprint(step) != commands.fingerprint(configure(observed: "old", "b")))
        #expect(commands.fingerprint(step) != commands.fingerprint(configure(observed: nil, "a")))
        var held = step
        held.heldBy = Step.Hold(.primaryStays, "a reason")
        #expect(commands.fingerprint(step) != commands.fingerprint(held))
        held.heldBy?.reason = "another reason"
        var other = step
        other.heldBy = Step.Hold(.primaryStays, "a reason")
        #expect(commands.fingerprint(other) == commands.fingerprint(held))
    }
}
