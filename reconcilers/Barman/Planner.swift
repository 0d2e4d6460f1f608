package import ClusterModel
import HostAccess

/// (Desired, Observed) → steps for the backup host. Pure.
package struct Planner {
    private let desired: Desired
    private let observed: Seen<Observed>
    private let trusts: [HostName: Trust]

    /// - Parameter trusts: of the backup host and the nodes, where `Desired.usesSSH` says that they matter.
    package init(desired: Desired, observed: Seen<Observed>, trusts: [HostName: Trust] = [:]) {
        self.desired = desired
        self.observed = observed
        self.trusts = trusts
    }

    package func steps() -> [Step] {
        guard let seen = observed.value, seen.missingPrograms.isEmpty, !Self.lacksPermission(desired, seen) else {
            return []
        }
        let actions = Actions(desired)
        let text = Configuration(desired: desired)
        var steps: [Step] = []
        if seen.configuration != .unreadable, !text.isSaid(by: seen.configuration) {
            steps.append(actions.configure(observed: seen.configuration, content: text.server))
        }
        if !desired.passfile.isEmpty, seen.passfileFits == false {
            steps.append(actions.passfile(cause: seen.hasPassfile ? .drift : .missing))
        }
        steps += desired.passages.compactMap { passage in
            guard let lacking = passage.lacking(trusts), !lacking.isEmpty else { return nil }
            return actions.open(passage, lacking: lacking)
        }
        guard let source = desired.source else { return steps }
        if let step = alias(seen, text, source.node, actions) { steps.append(step) }
        return steps + stream(seen, source, actions, before: steps.map(\.id))
    }

    /// The server's file is to be written, and cannot be.
    package static func lacksPermission(_ desired: Desired, _ seen: Observed) -> Bool {
        !seen.unwritable.isEmpty && !Configuration(desired: desired).isSaid(by: seen.configuration)
    }

    private func alias(_ seen: Observed, _ text: Configuration, _ source: NodeSpec, _ actions: Actions) -> Step? {
        guard seen.serviceFile != .unreadable, seen.sshConfiguration != .unreadable else { return nil }
        let service = text.serviceChanges(in: seen.serviceFile, source: source)
        let ssh = text.sshChanges(in: seen.sshConfiguration, source: source)
        guard !service.isEmpty || !ssh.isEmpty else { return nil }
        return actions.alias(
            service: service.isEmpty ? nil : (seen.serviceFile, text.serviceFile(seen.serviceFile, source: source)),
            ssh: ssh.isEmpty ? nil : (seen.sshConfiguration, text.sshFile(seen.sshConfiguration, source: source)),
            changes: service + ssh, isNew: seen.serviceFile.isMissing)
    }

    /// Slot, receiver and the first segment: in this order, after everything that Barman needs to connect.
    private func stream(_ seen: Observed, _ source: Desired.Source, _ actions: Actions, before: [String]) -> [Step] {
        guard desired.streams else { return [] }
        var steps: [Step] = []
        func add(_ step: Step) {
            var step = step
            step.after.formUnion(before + steps.map(\.id))
            steps.append(step)
        }
        if let slot = desired.slot {
            if source.hasSlot != true { add(actions.slot(slot, on: source.node)) }
            // Only once log arrives from the new source is the old one's not needed any more.
            if source.isReceiving == true { source.formerSources.forEach { add(actions.dropSlot(slot, on: $0)) } }
        }
        if source.isReceiving != true || !seen.receiverRuns {
            add(
                actions.receive(
                    from: source.node, isGone: !seen.receiverRuns && source.isReceiving == true,
                    runsElsewhere: seen.receiverRuns && source.isReceiving == false))
        }
        if !seen.hasArchive { add(actions.firstSegment(from: source.node)) }
        return steps
    }
}
