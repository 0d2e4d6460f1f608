package import Barman
package import ClusterModel
package import PgBouncer
import Planning
package import PostgreSQL
import Repmgr
package import Systems

/// The cluster as it is, for people and for machines: the same facts in both.
package struct ClusterStatus: Sendable, Equatable {
    package struct Node: Sendable, Equatable {
        package var name: NodeName
        package var server: PostgreSQL.Status
        package var upstream: NodeName?
        /// Nil for one that is no standby, or was not seen.
        package var streaming: Bool?
        package var registered: Bool?
    }

    package struct Pool: Sendable, Equatable {
        package var pooler: PgBouncer.Status
        /// The nodes that its connections go to, joined by commas; nil: not known.
        package var backend: String?
    }

    package struct Backup: Sendable, Equatable {
        package var barman: Barman.Status
        /// The node that is backed up; nil: not known.
        package var source: NodeName?
    }

    package struct Condition: Sendable, Equatable {
        package enum Status: String, Sendable { case yes = "true", no = "false", unknown }

        package var type: String
        package var status: Status
        package var reason: String
        package var message: String
    }

    package var cluster: String
    package var primary: NodeName?
    package var timeline: Timeline?
    package var nodes: [Node]
    package var pools: [Pool]
    package var backup: Backup?
    package var conditions: [Condition]
    package var plan: Plan

    package var converged: Bool { plan.steps.isEmpty && plan.complete && !plan.isHeld && !plan.isCopying }
}

extension ClusterStatus {
    package init(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) {
        let made = PlanMaker.plan(spec, snapshot)
        let server = made.primary.flatMap { snapshot.server($0) }
        let registry = made.primary.flatMap { snapshot.repmgr[$0]?.registry.value }
        cluster = spec.cluster
        primary = made.primary
        timeline = made.timeline
        nodes = spec.nodes.filter { $0.ensure == .present }.map { node in
            let status = PostgreSQL.Status(node, snapshot.postgresql[node.name], primary: server)
            let upstream = snapshot.streamsFrom(node.name, spec)
            return Node(
                name: node.name, server: status, upstream: status.role == .standby ? upstream : nil,
                streaming: status.role == .standby ? upstream != nil : nil,
                registered: Repmgr.Status.isRegistered(node, in: registry))
        }
        pools = Self.pools(spec, snapshot)
        backup = spec.barman.flatMap { barman in
            snapshot.barman.map { seen in
                let status = Barman.Status(barman, seen)
                return Backup(barman: status, source: status.sourceHost.map { Self.node(behind: $0, spec) })
            }
        }
        plan = made
        conditions = []
        conditions = Conditions(spec, snapshot, self).all
    }

    private static func pools(_ spec: ClusterSpec, _ snapshot: ClusterSnapshot) -> [Pool] {
        guard let pgbouncer = spec.pgbouncer else { return [] }
        let desired = PoolTargets.desired(spec, snapshot)
        return pgbouncer.hosts.flatMap { host in
            pgbouncer.databases.map { database in
                let status = PgBouncer.Status(
                    database, on: host.name, snapshot.pgbouncer[host.name],
                    desired: desired[host.name]?[database.name])
                let names = status.backends?.map { node(behind: $0, spec) }
                return Pool(pooler: status, backend: names?.joined(separator: ","))
            }
        }
    }

    /// The declared node of an address; the address itself where none is.
    private static func node(behind host: String, _ spec: ClusterSpec) -> NodeName {
        spec.nodes.first { $0.host == host }?.name ?? host
    }
}
