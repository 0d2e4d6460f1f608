import Barman
import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems

/// A scenario as lines that read as sentences: `cluster healthy 3`, `stop vm2`, `edit pool postgres_rw on vm2 to vm3`.
package struct ScenarioScript: Sendable {
    private let lines: [String]

    package init(_ lines: [String]) {
        self.lines = lines
    }

    package func scenario() throws -> Scenario {
        var scenario = Scenario.healthy(nodes: 3)
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard
                try begin(words, &scenario) || servers(words, &scenario) || drift(words, &scenario)
                    || declare(words, &scenario) || failover(words, &scenario)
            else { throw Scenario.Mistake(description: "no such line: \(line)") }
        }
        return scenario
    }

    private func begin(_ words: [String], _ scenario: inout Scenario) throws -> Bool {
        guard words.count == 3, words[0] == "cluster", let count = Int(words[2]) else {
            if words == ["settle"] { scenario.settle() } else { return false }
            return true
        }
        switch words[1] {
        case "healthy": scenario = .healthy(nodes: count)
        case "bare": scenario = .bare(count)
        case "one-primary": scenario = try .onePrimary(of: count)
        default: return false
        }
        return true
    }

    private func servers(_ words: [String], _ scenario: inout Scenario) throws -> Bool {
        switch (words.first, words.dropFirst().first, words.count) {
        case ("stop", let name?, 2): try scenario.stop(name)
        case ("start", let name?, 2): scenario.startAgain(name)
        case ("kill", let name?, 2): try scenario.kill(name)
        case ("lose", let name?, 2): try scenario.lose(name)
        case ("return", let name?, 2): try scenario.comeBack(name)
        case ("silence", let name?, 2): try scenario.silence(name)
        case ("wipe", let name?, 2): try scenario.wipe(name)
        case ("promote", let name?, 2): try scenario.promote(name)
        case ("close", "ssh", 4): scenario.closeSSH(of: words[3])
        case ("follow", let name?, 3): try scenario.follow(name, words[2])
        case ("repoint", "standby", 5): try scenario.repoint(words[2], to: words[4])
        case ("drop", "slot", 4): try scenario.dropSlot(of: words[3])
        case ("foreign", let name?, 3): try scenario.makeForeign(name, running: words[2] == "running")
        case ("unfinished", "clone", 4): try scenario.leaveCloneUnfinished(on: words[3], running: false)
        case ("running", "clone", 4): try scenario.leaveCloneUnfinished(on: words[3], running: true)
        case ("running", "creation", 4):
            scenario.edit(words[3]) { host in
                host.unfinishedWork = UnfinishedWork(.creation, makesConfiguration: true, process: "4711 88")
                host.workRuns = true
            }
        case (let state, "rewind", 4) where ["running", "unfinished"].contains(state):
            scenario.edit(words[3]) { host in
                host.unfinishedWork = UnfinishedWork(.rewind, process: "4711 88")
                host.workRuns = state == "running"
            }
        case ("rubbish", "on", 3): scenario.edit(words[2]) { $0.dataDirectory = .other(entries: 7) }
        case ("lose", "slot", 4):
            for node in scenario.spec.nodes {
                scenario.editServer(node.name) { server in
                    for index in server.slots.indices where server.slots[index].name == words[3] {
                        server.slots[index].walStatus = "lost"
                    }
                }
            }
        case ("prefer", "highest", 2): scenario.spec.preferredPrimary = .highestPriority
        case ("prefer", let name?, 2): scenario.spec.preferredPrimary = .node(name)
        case ("begin", "switchover", 3):
            scenario.apply(scenario.plan.runnable.prefix(Int(words[2]) ?? 0))
        case ("run", "repmgrd", 2):
            for node in scenario.spec.nodes {
                guard case .known(var host)? = scenario.snapshot.repmgr[node.name]?.host else { continue }
                host.daemonRuns = true
                scenario.snapshot.repmgr[node.name]?.host = .known(host)
            }
        case ("repmgrd", "promotes", 6): try scenario.promoteByDaemon(words[2], insteadOf: words[5])
        case ("interrupt", "restart", 4):
            try scenario.stop(words[3])
            scenario.edit(words[3]) { $0.recordedStop = RecordedStop(to: words[3], phase: .restarting) }
        case ("archive", "backlog", 5): scenario.editServer(words[4]) { $0.archiveBacklog = Int(words[2]) }
        case ("lack", "log", 4):
            scenario.editServer(words[3]) { server in
                server.lsn = LSN(rawValue: 0x500_0000)
                server.replayLSN = server.lsn
            }
        case ("stray", "server", 4): scenario.edit(words[3]) { $0 = Facts.bareHost() }
        case ("mark", "on", 3):
            scenario.edit(words[2]) { $0.unfinishedWork = UnfinishedWork(.clone, process: "4711 88") }
        case ("pause", "replay", 4): scenario.editServer(words[3]) { $0.replayPaused = true }
        default: return false
        }
        return true
    }

    private func drift(_ words: [String], _ scenario: inout Scenario) throws -> Bool {
        switch (words.first, words.dropFirst().first, words.count) {
        case ("forget", "record", 4): try scenario.forgetRecord(of: words[3])
        case ("record", let name?, 4): try scenario.falsifyRecord(of: name, priority: Int(words[3]) ?? 0)
        case ("edit", "pool", 7): scenario.editPool(words[2], on: words[4], to: words[6])
        case ("forget", "reload", 8): scenario.forgetReload(of: words[3], on: words[5], from: words[7])
        case ("forget", "port", 8): scenario.forgetReload(of: words[3], on: words[5], from: "vm1", port: words[7])
        case ("forget", "setting", 7): scenario.forgetSetting(words[2], on: words[4], from: words[6])
        case ("pause", "pool", 5): scenario.pause(words[2], on: words[4])
        case ("stand", let pool?, 4): scenario.stand(pool, on: words[3])
        case ("stray", let pool?, 6): scenario.stray(pool, on: words[3], to: words[5])
        case ("stop", "pooler", 4): scenario.stopPooler(on: words[3])
        case ("refuse", "console", 4): scenario.refuseConsole(on: words[3])
        case ("remove", "user", 5): scenario.editPooler(words[4]) { $0.authEntries[words[2]] = nil }
        case ("repoint", "alias", 4): scenario.repointAlias(to: words[3])
        case ("set", let name?, 6): scenario.setParameter(name, to: words[3], on: words[5])
        case ("alter", "system", 7): scenario.alterSystem(words[2], to: words[4], on: words[6])
        case ("remove", "program", 5): scenario.removeProgram(words[2], from: words[4])
        case ("fail", "barman", _): scenario.failBarmanCheck(words.dropFirst(3).joined(separator: " "))
        case ("drop", "role", 5): scenario.editServer(words[4]) { $0.roles[words[2]] = nil }
        case ("backup", let id?, 4): scenario.addBackup(id, endTime: Double(words[3]) ?? 0)
        case ("running", "recovery", 2): scenario.editBackups { $0.recoveryRuns = true }
        case ("unfinished", "recovery", 4): scenario.leaveRecoveryUnfinished(on: words[3])
        case ("lack", "secret", 3): scenario.snapshot.missingSecrets = ["\(words[2]) does not exist"]
        default: return false
        }
        return true
    }

    private func declare(_ words: [String], _ scenario: inout Scenario) throws -> Bool {
        guard words.first == "declare", words.count >= 3 else { return false }
        switch (words[1], words.count) {
        case ("no", 3):
            scenario.spec.pgbouncer = nil
            scenario.snapshot.pgbouncer = [:]
        case ("witness", 3): scenario.declareWitness(words[2])
        case ("node", 3): scenario.declareNode(words[2])
        case ("absent", 3): try scenario.declare(words[2]) { $0.ensure = .absent }
        case ("maintenance", 3): try scenario.declare(words[2]) { $0.maintenance = true }
        case ("upstream", 5): try scenario.declare(words[2]) { $0.upstream = words[4] }
        case ("priority", 5): try scenario.declare(words[2]) { $0.priority = Int(words[4]) ?? 0 }
        case ("delay", 5): try scenario.declare(words[2]) { $0.delay = .seconds(Int64(words[4]) ?? 0) }
        case ("parameter", 4): scenario.declareParameter(words[2], words[3])
        case ("bootstrap", 3):
            let all: [String: BootstrapSpec] = ["initdb": .initdb, "barman": .barman(backup: nil, targetTime: nil)]
            scenario.spec.bootstrap = all[words[2]] ?? .none
            if words[2] == "barman" { scenario.editBackups { _ in } }
        case ("bootstrap", 5):
            let isBackup = words[3] == "backup"
            scenario.spec.bootstrap = .barman(
                backup: isBackup ? words[4] : nil, targetTime: isBackup ? nil : words[4])
            if !isBackup { scenario.aim(at: words[4]) }
        case ("identifier", 3): scenario.spec.systemIdentifier = words[2] == "ours" ? Scenario.identifier : words[2]
        case ("backup", 5): scenario.spec.barman?.follow = words[4] == "standby" ? .standby : .primary
        default: return false
        }
        return true
    }

    private func failover(_ words: [String], _ scenario: inout Scenario) throws -> Bool {
        switch (words.first, words.dropFirst().first, words.count) {
        case ("failover", "automatic", 2): scenario.spec.failover.mode = .automatic
        case ("failover", "best-effort", 2): scenario.spec.failover.fence = .bestEffort
        case ("failover", "pgregent", 2): scenario.spec.failover.owner = .pgregent
        case ("failover", "repmgrd", 2): scenario.spec.failover.owner = .repmgrd
        case ("failover", "hasty", 2): scenario.spec.failover.minimumInterval = .zero
        // set back clock of NODE: since the mark of its failover was written.
        case ("set", "back", 5): scenario.edit(words[4]) { $0.recordedFailover?.age = .seconds(-3600) }
        case ("failover", "guard", 2): scenario.spec.failover.guard = true
        // Its mark was seen later than its server.
        case ("promoting", let name?, 2): scenario.edit(name) { $0.recordedFailover?.phase = .promoting }
        case ("guard", "stops", 3): try scenario.guardStops(words[2])
        case ("exhaust", "connections", 4): try scenario.exhaustConnections(of: words[3])
        case ("freeze", let name?, 2): try scenario.freeze(name)
        case ("hang", "storage", 4): try scenario.hangStorage(of: words[3])
        case ("unresolve", let name?, 2): try scenario.unresolve(name)
        case ("failover", "command", 2): scenario.spec.failover.fenceCommand = "ipmi off {node}"
        case ("failover", "rejoin", 3): scenario.spec.failover.rejoin = .init(rawValue: words[2]) ?? .rewind
        case ("failover", "quorum", 3):
            scenario.spec.durability.mode = .quorum
            scenario.spec.durability.standbys = Int(words[2]) ?? 1
        case ("pass", nil, 1):
            scenario.apply(scenario.plan.runnable)
        case ("suspect", let name?, _): scenario.suspect(name, lostTo: Array(words.dropFirst(2)))
        case ("sees", let voter?, 2): scenario.snapshot.suspicion?.votes[voter] = .sees("its server answers there")
        // replaced NODE by NODE: as the records tell of a failover.
        case ("replaced", let lost?, 4):
            for node in scenario.spec.dataNodes {
                let phase: RecordedFailover.Phase = node.name == words[3] ? .promoting : .frozen
                scenario.edit(node.name) { host in
                    host.recordedFailover = RecordedFailover(phase: phase, replaces: lost, fence: .stopped)
                    host.isFenced = node.name == lost
                    host.hasRecord = true
                }
            }
        // waiting commits N for SECONDS
        case ("waiting", "commits", 5):
            for node in scenario.spec.dataNodes {
                scenario.editServer(node.name) { server in
                    guard !server.inRecovery else { return }
                    server.unconfirmed = ServerFacts.Unconfirmed(
                        commits: Int(words[2]) ?? 0, seconds: Int(words[4]) ?? 0)
                }
            }
        case ("deaf", let name?, 2):
            scenario.snapshot.postgresql[name]?.login = .failed(
                .unreachable, message: "\(name):5432 does not answer within 5 s")
        case ("full", "disk", 4): scenario.edit(words[3]) { $0.freeBytes = 0 }
        case ("kept", "record", 4): scenario.edit(words[3]) { $0.hasRecord = true }
        case ("unwritable", "record", 4):
            scenario.edit(words[3]) { $0.recordProblem = .unwritable(directory: "/var/lib/postgresql") }
        case ("old", "record", 4): scenario.edit(words[3]) { $0.oldRecords = ["failover", "fence"] }
        case ("fenced", let name?, 2): scenario.edit(name) { $0.isFenced = true }
        case ("past", let name?, 4): scenario.fork(before: name, of: words[3])
        case ("behind", let name?, 3):
            let bytes = UInt64(words[2]) ?? 0
            scenario.editServer(name) { $0.lsn = LSN(rawValue: Scenario.end.rawValue - bytes) }
        default: return false
        }
        return true
    }
}
