package import ClusterModel
import HostAccess

/// How the backup stands, for `status`.
package struct Status: Sendable, Equatable {
    package enum Verdict: String, Sendable { case ok, failed, unknown }

    package var host: HostName
    package var server: String
    /// The host that the alias leads to; nil: not known.
    package var sourceHost: String?
    package var check: Verdict
    /// In Barman's own words, or why nothing could be asked.
    package var failedChecks: [String]

    package init(_ spec: BarmanSpec, _ observed: Seen<Observed>) {
        host = spec.hostName
        server = spec.server
        sourceHost = observed.value?.serviceFile.values(in: spec.alias)["host"]
        if let asked = observed.value?.check {
            check = asked.passed ? .ok : .failed
            failedChecks = asked.failed
        } else {
            check = .unknown
            failedChecks = observed.unknownReason.map { [$0] } ?? []
        }
    }
}
