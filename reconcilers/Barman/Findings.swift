package import ClusterModel
import HostAccess

/// What is so with the backup host, in coded findings with their evidence. Nothing is decided here.
package struct Findings {
    private let spec: BarmanSpec
    private let cluster: ClusterSpec
    private let observed: Observed

    package init(_ spec: BarmanSpec, cluster: ClusterSpec, _ observed: Observed) {
        self.spec = spec
        self.cluster = cluster
        self.observed = observed
    }

    package func all() -> [Finding] {
        if !observed.missingPrograms.isEmpty {
            return [
                Finding(
                    .programMissing, spec.hostName, evidence: observed.missingPrograms.map { "not found: \($0)" },
                    remedy: "install Debian's barman and postgresql-client", severity: .blocking)
            ]
        }
        if Planner.lacksPermission(Desired(spec, cluster: cluster, source: nil), observed) {
            return [
                Finding(
                    .notWritable, spec.hostName,
                    evidence: observed.unwritable.map { "\($0) can be neither written nor made by \(spec.ssh.user)" },
                    remedy:
                        "set barman.ssh.sudo: true with a sudoers rule for \(spec.ssh.user), or give that account the directory",
                    severity: .blocking)
            ]
        }
        guard let check = observed.check, !check.passed else { return [] }
        return [
            Finding(.backupUnhealthy, spec.hostName, evidence: check.failed, remedy: "barman check \(spec.server)")
        ]
    }

    /// Managed files that Barman's account may not read.
    package var unreadableFiles: [String] {
        let files = Files(spec)
        return [
            (files.configuration, observed.configuration), (files.service, observed.serviceFile),
            (files.ssh, observed.sshConfiguration),
        ]
        .filter { $0.1 == .unreadable }.map(\.0)
    }
}
