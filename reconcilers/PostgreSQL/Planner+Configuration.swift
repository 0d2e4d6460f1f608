import ClusterModel
import HostAccess

extension Planner {
    /// What postgresql.conf and pg_hba.conf of a running server need.
    func configuration(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts, _ actions: Actions) -> [Step] {
        var steps: [Step] = []
        if let step = hba(node, host, server, actions) { steps.append(step) }
        let drift = ParameterDrift(node, host, server)
        if drift.blockDiffers {
            steps.append(actions.parameters(changes: drift.changes, observed: host, cause: drift.cause))
        } else if !drift.unread.isEmpty {
            steps.append(
                actions.reload(
                    reason: "the file is right, but the server has not read it",
                    detail: drift.unread.joined(separator: ", ")))
        }
        if drift.needsRestart {
            var step = actions.restart(
                detail: drift.restartDetail, cause: drift.cause, streams: server.receiver?.status == "streaming")
            if drift.blockDiffers { step.after = ["postgresql.parameters.\(node.spec.name)"] }
            steps.append(step)
        }
        return steps
    }

    private func hba(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts, _ actions: Actions) -> Step? {
        guard case .content(let text) = host.hba else { return nil }
        let block = ManagedBlock.lines(in: text)
        // Without declared lines no block is made; one that is there is emptied.
        guard block ?? [] != node.hba else { return nil }
        return actions.hba(observed: host, cause: block == nil || ManagedBlock.isUntouched(in: text) ? .config : .drift)
    }
}

/// The declared parameters of a node, held against what its server uses.
package struct ParameterDrift {
    let blockDiffers: Bool
    /// Right in the file, not yet in the server.
    let unread: [String]
    /// `work_mem: 4MB -> 8MB`, for the plan.
    let changes: String
    let cause: Step.Cause
    let needsRestart: Bool
    let restartDetail: String
    /// Set elsewhere, later than our block: parameter and place.
    package let overridden: [(name: String, place: String)]
    /// Not known to this server.
    package let unknown: [String]

    package init(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts) {
        let block = host.configuration.text.flatMap { ManagedBlock.lines(in: $0) }
        let wantedLines = Actions(node).parameterLines
        let known = node.parameters.filter { server.parameters[$0.name] != nil || $0.name.contains(".") }
        unknown = node.parameters.filter { !known.contains($0) }.map(\.name)
        let different = known.filter { setting in
            server.parameters[setting.name].map { !$0.means(setting.value) } ?? false
        }
        let pending = known.filter { server.parameters[$0.name]?.pendingRestart ?? false }
        let isWritten = { (setting: Setting) in
            block?.contains("\(setting.name) = \(Quoting.configuration(setting.value))") ?? false
        }
        overridden = different.compactMap { setting in
            guard let place = Self.override(of: setting, server, isWritten: isWritten(setting)) else { return nil }
            return (setting.name, place)
        }
        let overriddenNames = Set(overridden.map(\.name))
        let ours = different.filter { !overriddenNames.contains($0.name) }
        blockDiffers =
            unknown.isEmpty && (ours.contains { !isWritten($0) } || (block != nil && block != wantedLines))
        let waitsForRestart = { (setting: Setting) in server.parameters[setting.name]?.context == "postmaster" }
        // Those that a session keeps from its start to its end (context `backend`) say nothing about the server: we may
        // be asking in a session that is older than the reload.
        let isSessions = { (setting: Setting) in server.parameters[setting.name]?.context.hasSuffix("backend") ?? false
        }
        unread =
            blockDiffers
            ? []
            : ours.filter { isWritten($0) && !waitsForRestart($0) && !isSessions($0) && !pending.contains($0) }.map(
                \.name)
        let changed = ours.map { setting in
            "\(setting.name): \(Self.shown(server.parameters[setting.name])) -> \(setting.value)"
        }
        changes = changed.isEmpty ? "managed block of postgresql.conf" : changed.joined(separator: ", ")
        let restarting = ours.filter(waitsForRestart)
        needsRestart = unknown.isEmpty && (!restarting.isEmpty || !pending.isEmpty)
        let isToChange = blockDiffers || needsRestart
        let isTouched = isToChange && block != nil && !ManagedBlock.isUntouched(in: host.configuration.text ?? "")
        cause = isTouched || ours.contains(where: isWritten) ? .drift : .config
        restartDetail = (restarting.isEmpty ? pending : restarting).map(\.name).joined(separator: ", ")
    }

    /// Where a later setting stands that wins over our block: ALTER SYSTEM's file always, any other file once our
    /// block has the value and the server still does not, and the command line.
    private static func override(of setting: Setting, _ server: ServerFacts, isWritten: Bool) -> String? {
        guard let parameter = server.parameters[setting.name] else { return nil }
        let place = "\(parameter.sourceFile ?? parameter.source):\(parameter.sourceLine ?? "?")"
        if parameter.sourceFile?.hasSuffix("postgresql.auto.conf") == true { return place }
        if parameter.source == "command line" { return "the command line" }
        guard isWritten, !parameter.pendingRestart, let file = parameter.sourceFile else { return nil }
        let main = server.parameters["config_file"]?.value
        return main != nil && file != main ? place : nil
    }

    private static func shown(_ parameter: Parameter?) -> String {
        guard let parameter else { return "?" }
        guard let unit = parameter.unit, !parameter.value.hasPrefix("-") else { return parameter.value }
        return unit.first?.isNumber == true ? "\(parameter.value) × \(unit)" : parameter.value + unit
    }
}
