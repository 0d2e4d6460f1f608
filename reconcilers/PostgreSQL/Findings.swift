package import ClusterModel
import HostAccess

/// What is so with PostgreSQL on one node, in coded findings with their evidence. Nothing is decided here.
package struct Findings {
    let node: NodeSpec
    let observed: Observed
    let cluster: Cluster

    /// What must be known of the others.
    package struct Cluster: Sendable {
        /// The role that pgregent logs in as.
        package var role: String
        /// What every copy must have: the file's pin, or that of the node that is primary beyond doubt; nil: not known.
        package var identifier: String?
        /// The one node that takes writes, with its server; nil where there are none, or several.
        package var primary: (name: NodeName, server: ServerFacts)?
        /// A host and port, and the declared node behind it.
        package var streamsFrom: NodeName?
        /// Where the primary left the timeline that this standby has log on beyond; nil: it has none.
        package var fork: LSN?

        package init(
            role: String, identifier: String?, primary: (name: NodeName, server: ServerFacts)?,
            streamsFrom: NodeName?, fork: LSN?
        ) {
            self.role = role
            self.identifier = identifier
            self.primary = primary
            self.streamsFrom = streamsFrom
            self.fork = fork
        }
    }

    package init(_ node: NodeSpec, _ observed: Observed, _ cluster: Cluster) {
        self.node = node
        self.observed = observed
        self.cluster = cluster
    }

    /// Of its programs, its data and its server.
    package func all() -> [Finding] {
        guard node.ensure == .present else { return [] }
        var findings: [Finding] = []
        if let host = observed.host.value { findings += disk(host) }
        if observed.host.value?.postmasterRuns == true { findings += login() }
        if let server = observed.server.value { findings += running(server) }
        return findings
    }

    /// Managed files that the account may not read.
    package static func unreadableFiles(_ node: NodeSpec, _ observed: Observed) -> [String] {
        guard let host = observed.host.value else { return [] }
        let layout = NodeLayout(node)
        return [(layout.configurationFile, host.configuration), (layout.hbaFile, host.hba)]
            .filter { $0.1 == .unreadable }.map(\.0)
    }

    func finding(
        _ code: Finding.Code, _ evidence: [String], remedy: String? = nil, severity: Finding.Severity = .notice
    ) -> Finding {
        Finding(code, node.name, evidence: evidence, remedy: remedy, severity: severity)
    }

    // MARK: on disk

    private func disk(_ host: HostFacts) -> [Finding] {
        let data = node.postgresql.dataDirectory
        let user = node.postgresql.osUser
        var findings: [Finding] = []
        if !host.missingPrograms.isEmpty {
            let packages = "postgresql-\(node.postgresql.version), postgresql-\(node.postgresql.version)-repmgr"
            findings.append(
                finding(
                    .programMissing, host.missingPrograms.map { "not found: \($0)" },
                    remedy: "install Debian's \(packages), or set postgresql.bin_directory", severity: .blocking))
        }
        if case .other(let entries) = host.dataDirectory, host.unfinishedWork == nil {
            findings.append(
                finding(
                    .dataDirectoryNotEmpty, ["\(data) holds \(entries) entries and no database"],
                    remedy: "empty it yourself if nothing in it is needed", severity: .blocking))
        }
        if observed.server.value != nil, host.dataDirectory == .missing || host.dataDirectory == .empty {
            findings.append(
                finding(
                    .wrongDataDirectory, ["a server answers on \(node.name), and \(data) holds no database"],
                    remedy: "set postgresql.data_directory to the server's own", severity: .blocking))
        }
        if host.dataDirectory == .unreadable {
            findings.append(
                finding(
                    .notWritable, ["\(data) cannot be read by \(user)"], remedy: "chown it to \(user)",
                    severity: .blocking))
        }
        if let problem = host.recordProblem { findings.append(finding(problem)) }
        if host.holdsNoDatabase, !host.unwritable.isEmpty {
            findings.append(
                finding(
                    .notWritable, host.unwritable.map { "\(user) may not write in \($0)" },
                    remedy: "chown these directories to \(user)", severity: .blocking))
        }
        if host.workRuns {
            let process = host.unfinishedWork?.processID.map { " (process \($0))" } ?? ""
            let kind = host.unfinishedWork?.kind.rawValue ?? "work"
            findings.append(finding(.cloneRunning, ["a \(kind) is at work there\(process)"]))
        }
        return findings + (node.kind == .data ? foreign(host) : [])
    }

    private func finding(_ problem: RecordProblem) -> Finding {
        let user = node.postgresql.osUser
        return switch problem {
        case .unwritable(let directory):
            finding(
                .recordNotWritable,
                ["\(user) may not write in \(directory), and what a change of primary must remember lies there"],
                remedy: "let \(user) write there, or set postgresql.record_directory", severity: .blocking)
        case .unknownVersion(let path):
            finding(
                .recordUnknown, ["\(path) was written by another version of pgregent"],
                remedy: "use that version, or remove the file if nothing is under way", severity: .blocking)
        }
    }

    private func foreign(_ host: HostFacts) -> [Finding] {
        guard
            let identifier = observed.server.value?.systemIdentifier
                ?? (host.holdsNoDatabase ? nil : host.controlData?.systemIdentifier)
        else { return [] }
        guard let expected = cluster.identifier else {
            guard let primary = cluster.primary, primary.server.systemIdentifier != identifier else { return [] }
            return [
                finding(
                    .foreignSystemIdentifier,
                    [
                        "its system identifier is \(identifier), that of \(primary.name), which takes writes, is \(primary.server.systemIdentifier), and nothing says which one is this cluster's"
                    ], remedy: "pin it in cluster.yaml: `system_identifier: \"…\"`", severity: .blocking)
            ]
        }
        guard expected != identifier else { return [] }
        return [
            finding(
                .foreignSystemIdentifier, ["its system identifier is \(identifier), the cluster's is \(expected)"],
                remedy:
                    "this directory belongs to another cluster and is never touched: move it away, or, if it is the empty one that Debian's package made, `pg_dropcluster \(node.postgresql.version) main --stop`",
                severity: .blocking)
        ]
    }
}
