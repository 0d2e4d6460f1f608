import ClusterModel
import HostAccess

/// What Barman has to recover from.
package struct Backups: Sendable, Equatable {
    package struct Backup: Sendable, Equatable {
        package var id: String
        package var systemIdentifier: String
        package var sizeInBytes: UInt64?
        /// Seconds since 1970: a backup can be recovered to any moment after it.
        package var endTime: Double

        package init(id: String, systemIdentifier: String, sizeInBytes: UInt64?, endTime: Double) {
            self.id = id
            self.systemIdentifier = systemIdentifier
            self.sizeInBytes = sizeInBytes
            self.endTime = endTime
        }
    }

    /// `bootstrap.target_time` as the backup host reads it.
    package struct Target: Sendable, Equatable {
        package var time: Double
        /// With its time zone.
        package var text: String

        package init(time: Double, text: String) {
            self.time = time
            self.text = text
        }
    }

    /// In the order of their names, which is that of time.
    package var finished: [Backup]
    /// Nil: none is declared, or it is no time.
    package var target: Target?
    /// `barman recover` of an earlier run is still at work.
    package var recoveryRuns: Bool

    package init(finished: [Backup], target: Target? = nil, recoveryRuns: Bool = false) {
        self.finished = finished
        self.target = target
        self.recoveryRuns = recoveryRuns
    }
}

extension Backups {
    /// The questions to the backup host; none where the file does not recover from it.
    static func script(_ spec: BarmanSpec, _ bootstrap: BootstrapSpec) -> String {
        guard case .barman(_, let target) = bootstrap else { return "" }
        let program = ShellProgram(
            Scripts.observeBackups,
            [
                "base": "\(spec.home)/\(spec.server)/base", "target": target ?? "",
            ], after: [Fetch.record(spec).work])
        return "\(program)\n"
    }

    init?(_ answers: HostProbe.Answers, _ bootstrap: BootstrapSpec) {
        guard case .barman = bootstrap else { return nil }
        finished = answers.words("bm.backup").compactMap { line in
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 4, let end = Double(words[3]) else { return nil }
            return Backup(id: words[0], systemIdentifier: words[1], sizeInBytes: UInt64(words[2]), endTime: end)
        }.sorted { $0.id < $1.id }
        let words = answers.word("bm.target")?.split(separator: " ", maxSplits: 1) ?? []
        target = words.count == 2 ? Double(words[0]).map { Target(time: $0, text: String(words[1])) } : nil
        recoveryRuns = answers.isYes("bm.recovering")
    }
}
