package import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems

/// A cluster that lives by the product's own word of what its steps do.
extension Scenario {
    var effect: ClusterEffect { ClusterEffect(spec, template: Facts.primary()) }

    /// What the next observation would show after a step has succeeded, and after what PostgreSQL does by itself then.
    package mutating func apply(_ step: Step) {
        effect.applyWithStreams(step, to: &snapshot)
    }

    package mutating func apply(_ steps: some Sequence<Step>) {
        for step in steps { apply(step) }
    }

    mutating func editPooler(_ name: HostName, _ change: (inout PgBouncer.Observed) -> Void) {
        guard case .known(var pooler)? = snapshot.pgbouncer[name] else { return }
        change(&pooler)
        snapshot.pgbouncer[name] = .known(pooler)
    }
}
