import ClusterModel
import HostAccess

/// What the nodes have, and will have when the plan is done, of the parameters of which no standby may have less than
/// its primary.
struct StandbyAmounts {
    /// As PostgreSQL's parameters are called, and as pg_controldata says what the primary's log announced of them.
    static let names: KeyValuePairs<String, String> = [
        "max_connections": "max_connections", "max_worker_processes": "max_worker_processes",
        "max_wal_senders": "max_wal_senders", "max_prepared_transactions": "max_prepared_xacts",
        "max_locks_per_transaction": "max_locks_per_xact",
    ]

    private struct Amount {
        var has: Double?
        var planned: Double?
    }

    private let observed: [NodeName: Observed]
    private let primary: Desired.Node
    private let standbys: [Desired.Node]
    private var amounts: [NodeName: [String: Amount]] = [:]

    init(desired: Desired, observed: [NodeName: Observed], primary: Desired.Node) {
        self.observed = observed
        self.primary = primary
        standbys = desired.standbys
        for node in [primary] + standbys { amounts[node.spec.name] = Self.amounts(node, observed[node.spec.name]) }
    }

    private static func amounts(_ node: Desired.Node, _ seen: Observed?) -> [String: Amount] {
        guard let server = seen?.server.value else { return [:] }
        let drift = seen?.host.value.map { ParameterDrift(node, $0, server) }
        var amounts: [String: Amount] = [:]
        for (name, _) in names {
            guard let parameter = server.parameters[name] else { continue }
            let wanted = node.parameters.last { $0.name == name }.flatMap { parameter.amount($0.value) }
            // What is set elsewhere wins over us, and where a name is unknown or the host unseen nothing is written.
            let isWritten = drift.map { $0.unknown.isEmpty && !$0.overridden.contains { $0.name == name } } ?? false
            let has = parameter.amount(parameter.value)
            amounts[name] = Amount(has: has, planned: isWritten ? wanted ?? has : has)
        }
        return amounts
    }

    private func amount(_ node: Desired.Node, _ name: String) -> Amount {
        amounts[node.spec.name]?[name] ?? Amount()
    }

    // MARK: who waits for whom

    /// It may have less only when the primary has.
    func waitsForPrimary(_ standby: Desired.Node) -> Bool {
        lowered(standby).contains { name in
            guard let planned = amount(standby, name).planned, let has = amount(primary, name).has else { return false }
            return has > planned
        }
    }

    /// The primary may have more only when it has.
    func primaryWaitsFor(_ standby: Desired.Node) -> Bool {
        Self.names.contains { name, _ in
            guard let has = amount(standby, name).has, let planned = amount(primary, name).planned else { return false }
            return planned > has
        }
    }

    private func lowered(_ node: Desired.Node) -> [String] {
        Self.names.map(\.key).filter { name in
            guard let has = amount(node, name).has, let planned = amount(node, name).planned else { return false }
            return planned < has
        }
    }

    // MARK: the two halves

    /// The declared parameters, those that are lowered as they are now.
    func raisedAlone(_ standby: Desired.Node) -> [Setting] {
        let lowered = lowered(standby)
        return standby.parameters.map { setting in
            guard lowered.contains(setting.name), let has = value(standby, setting.name) else { return setting }
            return Setting(setting.name, has)
        }
    }

    /// `max_connections: 100 -> 200`.
    func raises(_ standby: Desired.Node) -> [ValueChange] {
        standby.parameters.compactMap { setting in
            let amount = amount(standby, setting.name)
            guard let has = amount.has, let planned = amount.planned, planned > has else { return nil }
            return ValueChange(setting.name, from: value(standby, setting.name) ?? "?", to: setting.value)
        }
    }

    private func value(_ node: Desired.Node, _ name: String) -> String? {
        observed[node.spec.name]?.server.value?.parameters[name]?.value
    }

    /// A standby refuses to start with less than the last of the primary's log that it replayed announced, and a delayed
    /// one replays late.
    func replayed(_ standby: Desired.Node) -> [Condition] {
        let lowered = lowered(standby)
        return Self.names.filter { lowered.contains($0.key) }.compactMap { name, _ in
            amount(standby, name).planned.map {
                .postgresql(.hasReplayed(standby.spec.name, parameter: name, atMost: Int($0)))
            }
        }
    }

    // MARK: what is held

    /// Why the primary must not have its new values yet: a standby has, or may have, less.
    var holdOfPrimary: Step.Hold? {
        for (name, _) in Self.names {
            let (has, planned) = (amount(primary, name).has, amount(primary, name).planned)
            guard let has, let planned, planned > has else { continue }
            for standby in standbys where mayHoldDatabase(standby) {
                let there = amount(standby, name)
                let raise = "\(name) is not raised to \(Int(planned)) on the primary"
                guard let reached = there.planned else {
                    return Step.Hold(
                        .standbysFirst, "\(raise): \(standby.spec.name) is not seen, and would stop if it has less")
                }
                guard reached < planned else { continue }
                return Step.Hold(.standbysFirst, "\(raise): \(standby.spec.name) has \(Int(reached)), and would stop")
            }
        }
        return nil
    }

    /// Why a standby must not have its declared values at all.
    func hold(of standby: Desired.Node) -> Step.Hold? {
        for name in lowered(standby) {
            guard let planned = amount(standby, name).planned, let source = amount(primary, name).planned,
                planned < source
            else { continue }
            return Step.Hold(
                .standbysFirst, "\(name) \(Int(planned)) is less than the primary's \(Int(source)): it would stop")
        }
        return nil
    }

    private func mayHoldDatabase(_ node: Desired.Node) -> Bool {
        observed[node.spec.name]?.host.value.map { !$0.holdsNoDatabase } ?? true
    }
}
