import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr
package import Systems

/// What is so, in coded findings with their evidence. Nothing is decided here.
package struct Diagnosis {
    let spec: ClusterSpec
    let snapshot: ClusterSnapshot
    /// The nodes that take writes: asked for with every node, found once.
    let writable: [NodeSpec]
    /// Nodes that were replaced as primary and take writes all the same.
    let fenced: Set<NodeName>
    /// The system identifier of the node that is primary beyond doubt; nil without one.
    let primaryIdentifier: String?

    package init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        self.init(spec, snapshot, roles: RoleAssignment.assign(spec, snapshot))
    }

    init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot, roles: Roles) {
        self.spec = spec
        self.snapshot = snapshot
        writable = snapshot.writable(spec)
        fenced = roles.fenced
        primaryIdentifier = roles.primary.flatMap { snapshot.systemIdentifier($0) }
    }

    package func findings() -> [Finding] { findings(nodes()) }

    /// - Parameter ofNodes: what `nodes()` has found.
    func findings(_ ofNodes: [NodeName: [Finding]]) -> [Finding] {
        hosts() + secrets() + primary() + spec.nodes.flatMap { ofNodes[$0.name] ?? [] } + registry() + poolers()
            + backup() + files()
    }

    /// What is so with each node's own data, programs and server, by node.
    func nodes() -> [NodeName: [Finding]] {
        Dictionary(spec.nodes.map { ($0.name, node($0)) }) { first, _ in first }
    }

    private func node(_ node: NodeSpec) -> [Finding] {
        guard let observed = snapshot.postgresql[node.name] else { return [] }
        return Repmgr.Findings(spec).ofNode(node, snapshot.repmgr[node.name])
            + PostgreSQL.Findings(node, observed, cluster(of: node)).all()
    }

    /// What PostgreSQL's room must know of the others to judge one node.
    func cluster(of node: NodeSpec) -> PostgreSQL.Findings.Cluster {
        let primary = writable.count == 1 ? writable.first?.name : nil
        return PostgreSQL.Findings.Cluster(
            role: spec.repmgr.user, identifier: spec.systemIdentifier ?? primaryIdentifier,
            primary: primary.flatMap { name in snapshot.server(name).map { (name, $0) } },
            streamsFrom: snapshot.streamsFrom(node.name, spec),
            fork: primary.flatMap { snapshot.forkBefore(node.name, primary: $0) })
    }

    // MARK: systems

    private func registry() -> [Finding] {
        guard writable.count == 1, let records = snapshot.repmgr[writable[0].name]?.registry.value else { return [] }
        return Repmgr.Findings(spec).ofRegistry(records)
    }

    private func poolers() -> [Finding] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let findings = PgBouncer.Findings(pgbouncer, snapshot.pgbouncer)
        guard writable.count == 1, let server = snapshot.server(writable[0].name) else { return findings.all() }
        return findings.all()
            + findings.ofUsers(server.roles.mapValues { $0.storedSecret != nil }, on: writable[0].name)
    }

    private func backup() -> [Finding] {
        guard let barman = spec.barman, let seen = snapshot.barman?.value else { return [] }
        return Barman.Findings(barman, cluster: spec, seen).all()
    }

    // MARK: reaching

    private func hosts() -> [Finding] {
        spec.hosts.compactMap { host in
            guard let failure = snapshot.unreached[host.name], spec.node(host.name)?.ensure != .absent else {
                return nil
            }
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
            guard fenced.isEmpty else { return fenced.sorted().map(comeBack) }
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
        if let loss = PrimaryLoss(spec, snapshot) { return [loss.finding(spec)] }
        let evidence = unseen.map { "\($0.name) cannot be seen" }
        return [
            Finding(
                .noPrimary, spec.cluster, evidence: evidence + ["no seen node takes writes"],
                remedy: "see why no node takes writes", severity: .blocking)
        ]
    }

    private func comeBack(_ name: NodeName) -> Finding {
        let server = snapshot.server(name)
        return Finding(
            .nodeFenced, name,
            evidence: [
                "it was replaced as primary and takes writes again: timeline \(server?.timeline ?? 0), \(server?.lsn?.description ?? "?")"
            ])
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
}
