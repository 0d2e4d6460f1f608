import Foundation
import Testing

@testable import OpenSSH

/// `sh` stands in for ssh: a channel knows only a program with three streams.
extension OpenSSHTests {
    @Suite("A running program, asked and closed")
    struct Channels {}
}

extension OpenSSHTests.Channels {
    private static let marker = Array("<mark>".utf8)

    private static func open() throws -> Channel {
        Channel(try ChildProcess(["sh"]))
    }

    private static func ask(_ channel: Channel, _ script: String, within limit: Duration = .seconds(20)) async
        -> Channel.Event
    {
        await channel.ask(
            script + "\n", marker: marker, parts: 1, until: .now + limit)
    }

    private static func answer(_ event: Channel.Event) -> String? {
        guard case .answer(let parts) = event else { return nil }
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined()
    }

    /// A library that forgets whom it watches has crashed here: swiftlang/swift-corelibs-libdispatch#949.
    @Test("many at once, opened and closed without end")
    func churn() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<16 {
                group.addTask {
                    for round in 0..<100 {
                        let channel = try Self.open()
                        let event = await Self.ask(channel, "printf '<mark>\(caller) \(round)<mark>'")
                        #expect(Self.answer(event) == "\(caller) \(round)")
                        await channel.close()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("a question without an answer ends by its deadline, by its caller, or with the program, which is reaped")
    func ends() async throws {
        let late = try ChildProcess(["sh"])
        guard case .late(let words) = await Self.ask(Channel(late), "echo waiting >&2; sleep 60", within: .seconds(1))
        else {
            Issue.record("no deadline")
            return
        }
        #expect(words == "waiting\n")

        let cancelled = try ChildProcess(["sh"])
        let call = Task { await Self.ask(Channel(cancelled), "sleep 60") }
        try await Task.sleep(for: .milliseconds(100))
        call.cancel()
        guard case .cancelled = await call.value else {
            Issue.record("not cancelled")
            return
        }

        let dead = try ChildProcess(["sh"])
        let channel = Channel(dead)
        guard case .ended(7, "gone\n", true) = await Self.ask(channel, "echo gone >&2; exit 7") else {
            Issue.record("no end")
            return
        }
        guard case .ended(7, _, false) = await Self.ask(channel, "echo") else {
            Issue.record("asked a program that has ended")
            return
        }
        for child in [late, cancelled, dead] {
            for _ in 0..<100 where kill(child.process, 0) == 0 { try await Task.sleep(for: .milliseconds(20)) }
            #expect(kill(child.process, 0) == -1, "not reaped")
        }
    }

    @Test("what does not fit into the program's input is sent as it reads, while its output is read")
    func large() async throws {
        let channel = try Self.open()
        let text = String(repeating: "x", count: 3 << 20)
        let event = await Self.ask(channel, "printf '<mark>%s' \"$(cat <<'.'\n\(text)\n.\n)\"; printf '<mark>'")
        #expect(Self.answer(event)?.count == text.count)
        await channel.close()
        #expect(await channel.isEnded)
    }
}
