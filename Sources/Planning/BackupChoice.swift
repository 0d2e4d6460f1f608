import Barman
import ClusterModel
import Systems

/// The backup from which a cluster without any database is recovered (`bootstrap.from: barman`), or why none can be.
struct BackupChoice {
    struct Refusal: Error {
        var code: Finding.Code
        var hold: Step.Hold
        var remedy: String?
    }

    private let spec: ClusterSpec
    private let snapshot: ClusterSnapshot

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        self.spec = spec
        self.snapshot = snapshot
    }

    var recovery: Result<Recovery, Refusal> {
        guard case .barman(let wanted, let targetTime) = spec.bootstrap, let server = spec.barman?.server else {
            return refuse(.backupMissing, "the file has no barman section")
        }
        guard let backups = snapshot.barman?.value?.backups else {
            return refuse(.noPrimary, rule: .seenBeforeCreation, "Barman's backups cannot be looked at")
        }
        guard !backups.recoveryRuns else {
            return refuse(
                .cloneRunning, rule: .oneRecovery, "an earlier recovery is still at work on the backup host",
                remedy: "wait until it has ended, and run again")
        }
        guard !backups.finished.isEmpty else {
            return refuse(
                .backupMissing, "Barman's server \(server) has no finished backup",
                remedy: "see `barman list-backup \(server)`; with `bootstrap.from: initdb` an empty cluster is made")
        }
        if targetTime != nil, backups.target == nil {
            return refuse(
                .backupMissing, "bootstrap.target_time \(targetTime ?? "") is no time that the backup host can read",
                remedy: "write it as 2024-01-31 12:00:00+00")
        }
        let target = backups.target
        let usable = backups.finished.filter { backup in
            target.map { backup.endTime < $0.time } ?? true
        }
        guard let chosen = (wanted.map { name in usable.filter { $0.id == name } } ?? usable).last else {
            return none(of: backups, wanted: wanted, server: server)
        }
        if let pinned = spec.systemIdentifier, pinned != chosen.systemIdentifier {
            return refuse(
                .foreignSystemIdentifier, rule: .systemIdentifier,
                "backup \(chosen.id) has system identifier \(chosen.systemIdentifier), cluster.yaml pins \(pinned)",
                remedy: "see that barman.server names this cluster's")
        }
        return .success(Recovery(backup: chosen.id, targetTime: target?.text, sizeInBytes: chosen.sizeInBytes))
    }

    private func none(of backups: Backups, wanted: String?, server: String) -> Result<Recovery, Refusal> {
        let there = backups.finished.map(\.id).joined(separator: ", ")
        if let wanted, !backups.finished.contains(where: { $0.id == wanted }) {
            return refuse(
                .backupMissing, "Barman's server \(server) has no finished backup \(wanted)",
                remedy: "set bootstrap.backup to one of \(there), or leave it out for the latest")
        }
        let which = wanted.map { "backup \($0)" } ?? "every backup of \(server)"
        return refuse(
            .backupMissing, "\(which) ended after bootstrap.target_time \(backups.target?.text ?? "")",
            remedy: "a backup is recovered to a moment after its end; there are \(there)")
    }

    private func refuse(
        _ code: Finding.Code, rule: SafetyRule = .bootstrapFrom, _ reason: String, remedy: String? = nil
    )
        -> Result<Recovery, Refusal>
    {
        .failure(Refusal(code: code, hold: Step.Hold(rule, reason), remedy: remedy))
    }
}
