import ClusterModel
import FoundationEssentials
import Glibc
import HostAccess
import Planning
import Systems
import TestKit
import Testing

@testable import PostgreSQL

/// A switchover is noted on the hosts of the other standbys while it lasts.
@Suite struct SwitchoverNoteTests {
    private static let seen = Switchover(from: "vm1", to: "vm2")

    /// What lies beside the data directory of vm3 once the end of the seen switchover was noticed there.
    private func left(lies text: String?, streams: Bool, isStandby: Bool = true) throws -> [String: String] {
        let directory = FileManager.default.temporaryDirectory.appending(
            path: "note-\(UInt64.random(in: 0 ... .max))"
        ).path
        defer { _ = system("rm -rf '\(directory)'") }
        try FileManager.default.createDirectory(atPath: directory + "/lies", withIntermediateDirectories: true)
        var cluster = Scenario.healthy(nodes: 3)
        cluster.edit(isStandby ? "vm3" : "vm1") { $0.switchoverNote = Self.seen }
        for index in cluster.spec.nodes.indices {
            cluster.spec.nodes[index].postgresql.dataDirectory = directory + "/lies/main"
            cluster.spec.nodes[index].postgresql.binDirectory = directory
        }
        if let text { try Data(text.utf8).write(to: URL(filePath: directory + "/lies/main.pgregent-switchover-note")) }
        try Data("#!/bin/sh\necho \(streams ? "t" : "f")\n".utf8).write(to: URL(filePath: directory + "/psql"))
        let plan = PlanMaker.plan(cluster.spec, cluster.snapshot)
        let step = try #require(plan.steps.first { $0.id.name == .postgresqlEndSwitchover })
        guard case .script(let script)? = ClusterCommands(cluster.spec).operations(step).first?.work else { return [:] }
        try Data(script.redacted.utf8).write(to: URL(filePath: directory + "/script"))
        _ = system("chmod +x '\(directory)/psql'; sh '\(directory)/script' 2>/dev/null")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory + "/lies")
        let texts = try names.map { name in
            (name, String(decoding: try Data(contentsOf: URL(filePath: directory + "/lies/" + name)), as: UTF8.self))
        }
        return Dictionary(uniqueKeysWithValues: texts)
    }

    @Test("the note that was seen goes from where its standby streams, and from the primary")
    func removed() throws {
        #expect(try left(lies: Self.seen.note, streams: true).isEmpty)
        #expect(try left(lies: Self.seen.note, streams: false, isStandby: false).isEmpty)
        #expect(try left(lies: nil, streams: true).isEmpty)
    }

    @Test("the note of another switchover stays, and so does that of a standby that was detached since the observation")
    func kept() throws {
        let name = "main.pgregent-switchover-note"
        let other = Switchover(from: "vm2", to: "vm1").note
        #expect(try left(lies: other, streams: true) == [name: other])
        #expect(try left(lies: other, streams: true, isStandby: false) == [name: other])
        #expect(try left(lies: Self.seen.note, streams: false) == [name: Self.seen.note])
    }

    @Test("a standby is detached only with its note, where it could be noted")
    func detached() {
        let told = "the host of vm3 is told of the switchover"
        var away = Scenario.healthy(nodes: 3)
        away.spec.preferredPrimary = .node("vm2")
        let detach = { (cluster: Scenario) in
            PlanMaker.plan(cluster.spec, cluster.snapshot).steps.first { $0.id == StepID(.postgresqlDetach, "vm3") }
        }
        #expect(detach(away)?.postconditions.map { $0.sentence(away.spec) }.last == told)
        // It answers over libpq alone: nothing could be noted there, and nothing is asked there.
        away.snapshot.postgresql["vm3"]?.host = .unknown(reason: "ssh refused")
        away.snapshot.unreached["vm3"] = ShellFailure(.unreachable, host: "vm3", "ssh refused")
        let steps = PlanMaker.plan(away.spec, away.snapshot).steps
        #expect(!steps.contains { $0.target == "vm3" && $0.id.name == .postgresqlNote })
        #expect(detach(away)?.postconditions.contains { $0.sentence(away.spec) == told } != true)
    }
}
