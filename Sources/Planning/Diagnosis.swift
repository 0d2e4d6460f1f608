import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// What is so, in coded findings with their evidence. Nothing is decided here.
package struct Diagnosis {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    /// The nodes that take writes: asked for with every node, found once.
    let writable: [NodeSpec]
    /// The system identifier of the node that is primary beyond doubt; nil without one.
    let primaryIdentifier: String?

    package init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        self.init(spec, snapshot, roles: RoleAssignment.assign(spec, snapshot))
    }

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, roles: Roles) {
        self.spec = spec
        self.snapshot = snapshot
        writable = snapshot.writable(spec)
        primaryIdentifier = roles.primary.flatMap { snapshot.systemIdentifier($0) }
    }

    package func findings() -> [Finding] {
        hosts() + secrets() + primary() + spec.nodes.flatMap(node) + registry() + poolers() + backup()
    }

    // MARK: reaching

    private func hosts() -> [Finding] {
        spec.hosts.filter { host in spec.node(host.name)?.ensure != .absent }.compactMap { host in
            guard let failure = snapshot.unreached[host.name] else { return nil }
            let (code, remedy): (Finding.Code, String?) =
                switch failure.kind {
                case .hostKey: (.hostKeyRefused, nil)
                case .accessDenied: (.accessDenied, nil)
                case .account: (.accountUnavailable, nil)
                default: (.hostUnreachable, nil)
                }
            return Finding(code, host.name, evidence: [failure.message], remedy: remedy, severity: .incomplete)
        }
    }

    private func secrets() -> [Finding] {
        snapshot.missingSecrets.map { message in
            Finding(
                .secretMissing, spec.cluster, evidence: [message],
                remedy: "make the password available where cluster.yaml says", severity: .incomplete)
        }
    }

    // MARK: the primary

    private func primary() -> [Finding] {
        guard writable.isEmpty else {
            guard writable.count > 1 else { return [] }
            let evidence = writable.map { node -> String in
                let server = snapshot.server(node.name)
                return
                    "\(node.name) is not in recovery: timeline \(server?.timeline ?? 0), \(server?.lsn?.description ?? "?"), system identifier \(server?.systemIdentifier ?? "?")"
            }
            return [
                Finding(
                    .twoPrimaries, spec.cluster, evidence: evidence,
                    remedy:
                        "decide which one is right and stop PostgreSQL on the other; nothing that depends on it is done before",
                    severity: .blocking)
            ]
        }
        let holders = spec.dataNodes.filter { node in snapshot.systemIdentifier(node.name) != nil }
        let unseen = spec.dataNodes.filter {
            snapshot.postgresql[$0.name]?.host.value == nil && snapshot.server($0.name) == nil
        }
        guard !holders.isEmpty || !unseen.isEmpty else { return noDatabase() }
        return [lostPrimary(unseen: unseen)]
    }

    private func noDatabase() -> [Finding] {
        if case .barman = spec.bootstrap {
            guard case .failure(let refusal) = BackupChoice(spec, snapshot).recovery else { return [] }
            return [
                Finding(
                    refusal.code, spec.cluster,
                    evidence: ["every declared node was seen, and none holds a database", refusal.hold.reason],
                    remedy: refusal.remedy, severity: .blocking)
            ]
        }
        guard spec.bootstrap == .none else { return [] }
        return [
            Finding(
                .noPrimary, spec.cluster, evidence: ["every declared node was seen, and none holds a database"],
                remedy: "set bootstrap.from to initdb to create one", severity: .blocking)
        ]
    }

    /// The primary that the registry, or what is on disk, says there should be.
    private func lostPrimary(unseen: [NodeSpec]) -> Finding {
        let records = spec.dataNodes.compactMap { snapshot.repmgr[$0.name]?.registry.value }.flatMap { $0 }
        let recorded = records.first { $0.type == "primary" && $0.active }.flatMap { record in
            spec.nodes.first { $0.id == record.id }
        }
        let former = spec.dataNodes.first { RoleAssignment.formerPrimary($0, snapshot) }
        guard let node = recorded ?? former else {
            let evidence = unseen.map { "\($0.name) cannot be seen" }
            return Finding(
                .noPrimary, spec.cluster, evidence: evidence + ["no seen node takes writes"],
                remedy: "see why no node takes writes", severity: .blocking)
        }
        if let host = snapshot.host(node.name) {
            guard !host.postmasterRuns else {
                return Finding(
                    .primaryUnreachable, node.name,
                    evidence: ["a postmaster runs, and does not answer: \(loginMessage(node))"],
                    remedy: "see its log: it may be starting or recovering", severity: .blocking)
            }
            let state = host.controlData?.state ?? "unreadable"
            if let mark = host.switchoverMark {
                let phase = mark.phase == .stopping ? "before" : "at"
                return Finding(
                    .switchoverInterrupted, node.name,
                    evidence: [
                        "it was stopped for a switchover to \(mark.to), which ended \(phase) the promotion",
                        "control file: \(state)",
                    ] + standbyEvidence(of: node))
            }
            let stopped = state == "shut down"
            return Finding(
                stopped ? .primaryStopped : .primaryDead, node.name,
                evidence: ["the host answers, no postmaster runs, control file: \(state)"] + standbyEvidence(of: node),
                remedy: "start PostgreSQL on \(node.name), or promote a standby", severity: .blocking)
        }
        let reason = snapshot.unreached[node.name]?.message ?? "it was not looked at"
        return Finding(
            .primaryUnreachable, node.name, evidence: [reason, loginMessage(node)] + standbyEvidence(of: node),
            remedy:
                "bring \(node.name) back, or promote a standby once it is certain that \(node.name) takes no writes",
            severity: .blocking)
    }

    private func loginMessage(_ node: NodeSpec) -> String {
        if case .failed(_, let message)? = snapshot.postgresql[node.name]?.login { return message }
        return "no answer over libpq"
    }

    private func standbyEvidence(of primary: NodeSpec) -> [String] {
        spec.dataNodes.filter { $0.name != primary.name }.compactMap { node in
            guard let server = snapshot.server(node.name), server.inRecovery else { return nil }
            let receiver = snapshot.streamsFrom(node.name, spec).map { "streams from \($0)" } ?? "has no stream"
            return "\(node.name) \(receiver), at \(server.lsn?.description ?? "?")"
        }
    }
}
