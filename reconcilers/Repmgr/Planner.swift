package import ClusterModel
import HostAccess

/// (Desired, Observed) → steps for repmgr's configuration, its registry and its copies. Pure.
package struct Planner {
    let desired: Desired
    let observed: [NodeName: Observed]
    let state: [NodeName: ServerState]

    /// What repmgr must know of each node's server; from what PostgreSQL's room observes.
    package struct ServerState: Sendable, Equatable {
        package enum Data: Sendable, Equatable {
            /// Missing or empty.
            case none
            case cluster
            /// An unfinished copy of pgregent's own; `isRunning`: its process is still at work.
            case unfinishedClone(isRunning: Bool)
            /// Something else, unreadable or unknown: never touched.
            case other
        }

        package enum Rejoin: Sendable, Equatable {
            /// Stopped for a switchover: the new primary has all of its log.
            case asItIs
            /// Replaced in a failover: what it wrote beyond is taken back.
            case rewound(isStoppedInOrder: Bool)
            /// Replaced in a failover: copied anew.
            case cloned
        }

        package var data: Data
        /// A postmaster runs.
        package var runs: Bool
        /// Nil: the server was not seen.
        package var inRecovery: Bool?
        /// The node that its receiver is connected to; nil when it does not stream.
        package var streamsFrom: NodeName?
        /// host, port and slot of its primary_conninfo point at the upstream that it should have.
        package var isPointedRight: Bool
        package var hasConfiguration: Bool
        /// How a stopped former primary comes back; nil: it does not, by itself.
        package var rejoin: Rejoin?
        package var sizeInBytes: UInt64?
        /// What its record says of a failover.
        package var recordedFailover: RecordedFailover?
        /// A standby with log that the primary, promoted without it, does not have.
        package var isPastFork = false
        /// Somebody has paused its replay.
        package var replayIsPaused = false
        /// The server has loaded repmgr's library, or will have when this plan is done: repmgrd does not start without.
        package var hasDaemonLibrary = false

        package init(
            data: Data, runs: Bool, inRecovery: Bool?, streamsFrom: NodeName?, isPointedRight: Bool,
            hasConfiguration: Bool, rejoin: Rejoin? = nil, sizeInBytes: UInt64? = nil
        ) {
            self.rejoin = rejoin
            self.data = data
            self.runs = runs
            self.inRecovery = inRecovery
            self.streamsFrom = streamsFrom
            self.isPointedRight = isPointedRight
            self.hasConfiguration = hasConfiguration
            self.sizeInBytes = sizeInBytes
        }
    }

    package init(desired: Desired, observed: [NodeName: Observed], state: [NodeName: ServerState]) {
        self.desired = desired
        self.observed = observed
        self.state = state
    }

    package func steps() -> [Step] {
        desired.nodes.flatMap { node -> [Step] in
            switch node.role {
            case .undecided: configuration(node)
            case .absent: removal(node).map { [$0] } ?? []
            case .primary: configuration(node) + registration(of: node) + daemon(node)
            case .standby(let upstream): configuration(node) + standby(node, upstream) + daemon(node)
            case .witness: configuration(node) + witness(node) + daemon(node)
            }
        }
    }

    private func daemon(_ node: Desired.Node) -> [Step] {
        unpause(node) + startDaemon(node)
    }

    private func step(_ action: RepmgrAction, on node: Desired.Node, cause: Step.Cause) -> Step {
        Step(.repmgr(action), on: node.spec.name, cause: cause)
    }

    /// Where repmgrd decides, a node without it is one that nobody watches, and that does not follow.
    private func startDaemon(_ node: Desired.Node) -> [Step] {
        guard desired.needsDaemon, desired.primary != nil, let host = observed[node.spec.name]?.host.value,
            !host.daemonRuns, let state = state[node.spec.name], state.runs || state.rejoin != nil
        else { return [] }
        var step = step(.startDaemon, on: node, cause: .repair)
        if !state.hasDaemonLibrary {
            step.heldBy = Step.Hold(
                .sharedPreloadLibraries,
                "\(node.spec.name) declares libraries without repmgr, and repmgrd does not start without it")
        }
        return [step]
    }

    /// Whatever has become of the run that paused repmgrd: it goes on once there is a primary, and its own server runs.
    private func unpause(_ node: Desired.Node) -> [Step] {
        guard desired.primary != nil, observed[node.spec.name]?.host.value?.daemonPausedByUs == true,
            let state = state[node.spec.name], state.runs || state.rejoin != nil
        else { return [] }
        return [step(.unpauseDaemon, on: node, cause: .repair)]
    }

    /// The registry as the primary has it: the one that counts.
    var registry: [Record]? {
        desired.primary.flatMap { observed[$0]?.registry.value }
    }

    private func configuration(_ node: Desired.Node) -> [Step] {
        guard let host = observed[node.spec.name]?.host.value, host.configuration != .unreadable else { return [] }
        let differing = differences(node, in: host.configuration)
        guard !differing.isEmpty else { return [] }
        let isMissing = host.configuration.isMissing
        return [
            step(
                .configure(
                    file: desired.configFile, differing: differing, observed: host.configuration.text,
                    daemonRuns: host.daemonRuns), on: node, cause: isMissing ? .missing : .drift)
        ]
    }

    /// The settings of repmgr.conf that do not mean what they should.
    private func differences(_ node: Desired.Node, in content: FileContent) -> [Setting] {
        guard content.text != nil else { return node.settings }
        let file = content.values(in: "")
        return node.settings.filter { setting in
            guard let raw = file[setting.name] else { return !isImplied(setting, in: file) }
            let has = unquoted(raw)
            // repmgr reads no bare value with a slash in it, and then reads none of the file.
            if raw == has, raw.contains("/") { return true }
            switch setting.name {
            case "conninfo": return !sameConninfo(has, node)
            case "use_replication_slots":
                return (["yes", "true", "on", "1"].contains(has.lowercased())) != (setting.value == "yes")
            case let name where name.hasPrefix("service_"): return !NodeLayout.sameService(has, setting.value)
            default: return has != setting.value
            }
        }
    }

    /// A line that may be missing, in a file that somebody else has written: it says repmgr's own default, or (the
    /// directory of postgresql.conf) what repmgr needs only where it starts the server without a service command.
    private func isImplied(_ setting: Setting, in file: [String: String]) -> Bool {
        switch (setting.name, setting.value) {
        case ("location", "default"), ("priority", "100"), ("use_replication_slots", "no"), ("failover", "manual"): true
        case ("config_directory", _): file["service_start_command"].map { !unquoted($0).isEmpty } ?? false
        default: false
        }
    }

    func sameConninfo(_ has: String, _ node: Desired.Node) -> Bool {
        if Conninfo.same(has, node.conninfo) { return true }
        guard let wanted = Conninfo.parse(node.conninfo), let parsed = Conninfo.parse(has) else { return false }
        let without = { (parameters: [String: String]) in
            Quoting.conninfo(
                parameters.filter { !node.optional.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0, $1) })
        }
        return Conninfo.same(without(parsed), without(wanted))
    }

    private func standby(_ node: Desired.Node, _ upstream: NodeName) -> [Step] {
        guard let state = state[node.spec.name], desired.node(upstream) != nil, let primary = desired.primary else {
            return []
        }
        switch state.data {
        case .other: return []
        case .none, .unfinishedClone(isRunning: false):
            guard !state.runs else { return registration(of: node) }
            let isRetry = state.data != .none
            return [
                step(
                    .clone(clone(node, from: upstream, primary: primary, isRetry: isRetry)), on: node,
                    cause: isRetry ? .repair : .missing)
            ]
        case .unfinishedClone(isRunning: true): return []
        case .cluster:
            if let rejoin = state.rejoin, !state.runs { return [rejoining(node, rejoin, upstream, primary)] }
            guard state.inRecovery == true else { return [] }
            if state.isPastFork { return [returning(node, upstream, primary)] }
            if state.streamsFrom != upstream, !state.isPointedRight {
                return [
                    step(
                        .follow(upstream, now: state.streamsFrom, primary: primary), on: node, cause: .drift)
                ]
            }
            let isCutOff = state.streamsFrom == nil && !node.spec.maintenance
            return (isCutOff ? [reconnecting(node, upstream, primary)] : []) + registration(of: node)
        }
    }

    private func clone(_ node: Desired.Node, from upstream: NodeName, primary: NodeName, isRetry: Bool) -> Clone {
        let state = state[node.spec.name]
        return Clone(
            from: upstream, primary: primary, hasConfiguration: state?.hasConfiguration ?? true, isRetry: isRetry,
            size: self.state[primary]?.sizeInBytes, unlessReplacedSince: state?.recordedFailover)
    }

    private func rejoining(
        _ node: Desired.Node, _ rejoin: ServerState.Rejoin, _ upstream: NodeName, _ primary: NodeName
    ) -> Step {
        switch rejoin {
        case .asItIs: return step(.rejoin(upstream, primary: primary), on: node, cause: .switchover)
        case .rewound(let isStoppedInOrder):
            let rewind = Rewind(
                onto: upstream, primary: primary, isStoppedInOrder: isStoppedInOrder, stopsFirst: false,
                unlessReplacedSince: state[node.spec.name]?.recordedFailover)
            return step(.rewind(rewind), on: node, cause: .failover)
        case .cloned:
            var clone = clone(node, from: upstream, primary: primary, isRetry: true)
            clone.givesUpData = true
            return step(.clone(clone), on: node, cause: .repair)
        }
    }

    /// A server whose replay is paused asks nobody for log: recovery, which starts the receiver, stands still (seen with
    /// PostgreSQL 15). Whoever paused it has a reason, so that it is not waited for.
    private func reconnecting(_ node: Desired.Node, _ upstream: NodeName, _ primary: NodeName) -> Step {
        var step = step(.reconnect(upstream, primary: primary), on: node, cause: .repair)
        if state[node.spec.name]?.replayIsPaused == true {
            step.heldBy = Step.Hold(
                .finding(.replayPaused),
                "replay is paused on \(node.spec.name), which gets no stream before it is resumed")
        }
        return step
    }

    /// What a standby has beyond the fork is given up as a replaced primary's is: as `failover.rejoin` says.
    private func returning(_ node: Desired.Node, _ upstream: NodeName, _ primary: NodeName) -> Step {
        if desired.rejoin == .clone {
            var clone = clone(node, from: upstream, primary: primary, isRetry: true)
            clone.givesUpData = true
            clone.stopsFirst = true
            return step(.clone(clone), on: node, cause: .repair)
        }
        let rewind = Rewind(
            onto: upstream, primary: primary, isStoppedInOrder: true, stopsFirst: true,
            unlessReplacedSince: state[node.spec.name]?.recordedFailover)
        var step = step(.rewind(rewind), on: node, cause: .failover)
        if desired.rejoin == .never {
            step.heldBy = Step.Hold(.failoverRejoin, "failover.rejoin is never")
        }
        return step
    }

    private func witness(_ node: Desired.Node) -> [Step] {
        // While its database is being made there is nothing to register.
        let isAtWork = state[node.spec.name]?.data == .unfinishedClone(isRunning: true)
        return desired.primary == nil || isAtWork ? [] : registration(of: node)
    }
}
