package import ClusterModel
import HostAccess

/// PgBouncer's part of a change of primary, or of a held restart, on one host: hold the clients, lead them elsewhere, let
/// them go.
package struct ClientHold {
    private let desired: Desired
    private let pooler: Desired.Pooler
    private let observed: Observed
    /// Databases that lead to the old primary now, whose clients would meet it stopped. A pool of standbys is not held:
    /// its long queries would hold up everything.
    private let held: [String]

    /// - Parameters:
    ///   - desired: as it shall be afterwards.
    ///   - old: the host of the primary until then.
    package init?(_ desired: Desired, host: HostName, observed: Seen<Observed>?, leaving old: String) {
        guard let pooler = desired.poolers.first(where: { $0.host.name == host }), let seen = observed?.value else {
            return nil
        }
        self.desired = desired
        self.pooler = pooler
        self.observed = seen
        let leading = (seen.console.value?.databases ?? []).filter {
            $0.host.split(separator: ",").contains { $0 == old }
        }
        held = pooler.databases.filter { pool in
            pool.spec.target != .local && leading.contains { $0.name == pool.spec.name }
        }.map(\.spec.name)
    }

    package func stage() -> Step { step(.stage(file)) }

    /// - Returns: nil where no pool leads to the old primary.
    package func pause(_ cause: Step.Cause = .switchover) -> Step? {
        let mode: PoolMode = observed.console.value?.settings["pool_mode"] == "session" ? .session : .other
        return held.isEmpty ? nil : step(.pause(held, mode: mode), cause)
    }

    package func place() -> Step { step(.place(file)) }

    package func route() -> Step { step(.route(held, to: desired.routes.primary?.node)) }

    package func release(_ cause: Step.Cause) -> Step? { held.isEmpty ? nil : step(.release(held), cause) }

    private var file: PoolerFile {
        PoolerFile(
            path: desired.spec.configFile, observed: observed.configuration.text,
            content: Configuration(desired: desired, pooler: pooler, content: observed.configuration).applied)
    }

    private func step(_ action: PgBouncerAction, _ cause: Step.Cause = .switchover) -> Step {
        Step(.pgbouncer(action), on: pooler.host.name, cause: cause)
    }
}
