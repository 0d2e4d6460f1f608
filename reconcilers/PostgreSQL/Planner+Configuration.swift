import ClusterModel
import HostAccess

extension Planner {
    /// What postgresql.conf and pg_hba.conf of a running server need.
    func configuration(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts) -> [Step] {
        let name = node.spec.name
        var steps: [Step] = []
        if let step = hba(node, host) { steps.append(step) }
        let drift = ParameterDrift(node, host, server)
        if drift.blockDiffers {
            let block = ParameterBlock(
                settings: node.parameters, observed: host.configuration.text, changes: drift.changes)
            steps.append(step(.setParameters(block), on: name, cause: drift.cause))
        } else if !drift.unread.isEmpty {
            steps.append(step(.reload(unread: drift.unread), on: name, cause: .repair))
        }
        if drift.needsRestart {
            let restart = ServerRestart(
                parameters: drift.restarting, streams: server.receiver?.status == "streaming")
            let step = step(.restart(restart), on: name, cause: drift.cause)
            let written = drift.blockDiffers ? [StepID(.postgresqlParameters, name)] : []
            steps.append(step.after(written, .fileBeforeRestart))
        }
        return steps
    }

    private func hba(_ node: Desired.Node, _ host: HostFacts) -> Step? {
        guard let text = host.hba.text else { return nil }
        let block = host.hba.managedBlock
        // Without declared lines no block is made; one that is there is emptied.
        guard block ?? [] != node.hba else { return nil }
        let isOurs = block == nil || host.hba.managedBlockIsUntouched
        return step(.setHBA(lines: node.hba, observed: text), on: node.spec.name, cause: isOurs ? .config : .drift)
    }
}

/// The declared parameters of a node, held against what its server uses.
package struct ParameterDrift {
    let blockDiffers: Bool
    /// Right in the file, not yet in the server.
    let unread: [String]
    /// Nil: the parameters are in force, and only the block differs.
    let changes: [ValueChange]?
    let cause: Step.Cause
    let needsRestart: Bool
    /// Names of the parameters that wait for a restart.
    let restarting: [String]
    /// Set elsewhere, later than our block: parameter and place.
    package let overridden: [(name: String, place: String)]
    /// Not known to this server.
    package let unknown: [String]

    package init(_ node: Desired.Node, _ host: HostFacts, _ server: ServerFacts) {
        let block = host.configuration.managedBlock
        var unknown: [String] = []
        var known: [Declared] = []
        for setting in node.parameters {
            if let parameter = server.parameters[setting.name] {
                known.append(Declared(setting, parameter, block: block))
            } else if !setting.name.contains(".") {
                unknown.append(setting.name)
            }
        }
        let different = known.filter(\.isDifferent)
        let places = different.map { Self.override(of: $0, server) }
        let ours = zip(different, places).filter { $0.1 == nil }.map(\.0)
        let pending = known.filter(\.parameter.pendingRestart)
        let waiting = ours.filter(\.waitsForRestart)
        self.unknown = unknown
        overridden = zip(different, places).compactMap { declared, place in place.map { (declared.setting.name, $0) } }
        blockDiffers =
            unknown.isEmpty
            && (ours.contains { !$0.isWritten } || block.map { $0 != NodeCommands.lines(node.parameters) } ?? false)
        unread =
            blockDiffers
            ? []
            : ours.filter { $0.isWritten && !$0.waitsForRestart && !$0.isSessions && !$0.parameter.pendingRestart }
                .map(\.setting.name)
        let changed = ours.map {
            ValueChange($0.setting.name, from: Self.shown($0.parameter), to: $0.setting.value)
        }
        changes = changed.isEmpty ? nil : changed
        needsRestart = unknown.isEmpty && (!waiting.isEmpty || !pending.isEmpty)
        let isToChange = blockDiffers || needsRestart
        let isTouched = isToChange && block != nil && !host.configuration.managedBlockIsUntouched
        cause = isTouched || ours.contains(where: \.isWritten) ? .drift : .config
        restarting = (waiting.isEmpty ? pending : waiting).map(\.setting.name)
    }

    /// A declared parameter that the server knows.
    private struct Declared {
        let setting: Setting
        let parameter: Parameter
        let isDifferent: Bool
        /// Our block says it. Asked of those alone that are different.
        let isWritten: Bool

        init(_ setting: Setting, _ parameter: Parameter, block: [String]?) {
            self.setting = setting
            self.parameter = parameter
            isDifferent = !parameter.means(setting.value)
            isWritten =
                isDifferent && block?.contains("\(setting.name) = \(Quoting.configuration(setting.value))") ?? false
        }

        var waitsForRestart: Bool { parameter.context == "postmaster" }
        /// Those that a session keeps from its start to its end (context `backend`) say nothing about the server: we may
        /// be asking in a session that is older than the reload.
        var isSessions: Bool { parameter.context.hasSuffix("backend") }
    }

    /// Where a later setting stands that wins over our block: ALTER SYSTEM's file always, any other file once our
    /// block has the value and the server still does not, and the command line.
    private static func override(of declared: Declared, _ server: ServerFacts) -> String? {
        let parameter = declared.parameter
        let place = "\(parameter.sourceFile ?? parameter.source):\(parameter.sourceLine ?? "?")"
        if parameter.sourceFile?.hasSuffix("postgresql.auto.conf") == true { return place }
        if parameter.source == "command line" { return "the command line" }
        guard declared.isWritten, !parameter.pendingRestart, let file = parameter.sourceFile else { return nil }
        let main = server.parameters["config_file"]?.value
        return main != nil && file != main ? place : nil
    }

    private static func shown(_ parameter: Parameter) -> String {
        guard let unit = parameter.unit, !parameter.value.hasPrefix("-") else { return parameter.value }
        return unit.first?.isNumber == true ? "\(parameter.value) × \(unit)" : parameter.value + unit
    }
}
