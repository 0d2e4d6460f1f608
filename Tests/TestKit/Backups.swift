import Barman
import ClusterModel
import HostAccess
import Planning
import PostgreSQL
import Systems

/// What Barman has kept of a cluster whose hosts have lost everything.
extension Scenario {
    mutating func editBackups(_ change: (inout Backups) -> Void) {
        guard case .known(var host)? = snapshot.barman else { return }
        var backups = host.backups ?? Backups(finished: [])
        change(&backups)
        host.backups = backups
        host.hasArchive = true
        snapshot.barman = .known(host)
        for node in spec.dataNodes where snapshot.sshKeys[node.name] == nil { addTrust(node.name) }
        if let name = spec.barman?.hostName, snapshot.sshKeys[name] == nil { addTrust(name) }
    }

    private mutating func addTrust(_ name: HostName) {
        snapshot.sshKeys[name] = SSHKeys(
            publicKey: nil, authorized: [], known: [], hostKey: "ssh-ed25519 host-key-of-\(name)")
    }

    package mutating func addBackup(
        _ id: String, endTime: Double, identifier: String = Scenario.identifier
    ) {
        editBackups { backups in
            backups.finished.append(
                Backups.Backup(id: id, systemIdentifier: identifier, sizeInBytes: 30 << 20, endTime: endTime))
        }
    }

    /// As the backup host would read it, had it been written as seconds; anything else is no time.
    mutating func aim(at seconds: String) {
        editBackups { $0.target = Double(seconds).map { Backups.Target(time: $0, text: "second \(seconds)+00:00") } }
    }

    /// A recovery was begun here, and its own server still runs.
    mutating func leaveRecoveryUnfinished(on name: NodeName) {
        edit(name) { host in
            host.dataDirectory = .cluster(Facts.controlData(state: "in archive recovery"))
            host.unfinishedWork = UnfinishedWork(.recovery, makesConfiguration: true, process: "4711 88")
            host.postmasterRuns = true
        }
    }
}
