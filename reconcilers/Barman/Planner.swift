package import ClusterModel
import HostAccess

/// (Desired, Observed) → steps for the backup host. Pure.
package struct Planner {
    private let desired: Desired
    private let observed: Seen<Observed>
    private let sshKeys: [HostName: SSHKeys]

    /// - Parameter trusts: of the backup host and the nodes, where `Desired.usesSSH` says that they matter.
    package init(desired: Desired, observed: Seen<Observed>, sshKeys: [HostName: SSHKeys] = [:]) {
        self.desired = desired
        self.observed = observed
        self.sshKeys = sshKeys
    }

    package func steps() -> [Step] {
        guard let seen = observed.value, seen.missingPrograms.isEmpty, !Self.lacksPermission(desired, seen) else {
            return []
        }
        let host = desired.spec.hostName
        let files = Files(desired.spec)
        let text = Configuration(desired: desired)
        var steps: [Step] = []
        if seen.configuration != .unreadable, !text.isSaid(by: seen.configuration) {
            let file = ObservedFile(
                path: files.configuration, observed: seen.configuration.text, content: text.server)
            steps.append(step(.configure(file), on: host, cause: seen.configuration.isMissing ? .missing : .drift))
        }
        if !desired.passfile.isEmpty, seen.passfileFits == false {
            steps.append(
                step(
                    .setPassfile(path: files.passfile, entries: desired.passfile), on: host,
                    cause: seen.hasPassfile ? .drift : .missing))
        }
        steps += desired.accesses.compactMap { access in
            guard let lacking = access.lacking(sshKeys), !lacking.isEmpty else { return nil }
            let isInward = access.to == host
            return step(
                .authorize(access, isInward: isInward, lacking: lacking), on: isInward ? access.from : access.to,
                cause: .missing)
        }
        guard let source = desired.source else { return steps }
        if let step = alias(seen, text, files, source.node) { steps.append(step) }
        return steps + stream(seen, source, before: steps)
    }

    private func step(_ action: BarmanAction, on target: HostName, cause: Step.Cause) -> Step {
        Step(.barman(action), on: target, cause: cause)
    }

    /// The server's file is to be written, and cannot be.
    static func lacksPermission(_ desired: Desired, _ seen: Observed) -> Bool {
        !seen.unwritable.isEmpty && !Configuration(desired: desired).isSaid(by: seen.configuration)
    }

    private func alias(_ seen: Observed, _ text: Configuration, _ files: Files, _ source: NodeSpec) -> Step? {
        guard seen.serviceFile != .unreadable, seen.sshConfiguration != .unreadable else { return nil }
        let service = text.serviceChanges(in: seen.serviceFile, source: source)
        let ssh = text.sshChanges(in: seen.sshConfiguration, source: source)
        guard !service.isEmpty || !ssh.isEmpty else { return nil }
        let serviceFile = ObservedFile(
            path: files.service, observed: seen.serviceFile.text,
            content: text.serviceFile(seen.serviceFile, source: source))
        let sshFile = ObservedFile(
            path: files.ssh, observed: seen.sshConfiguration.text,
            content: text.sshFile(seen.sshConfiguration, source: source))
        let isNew = seen.serviceFile.isMissing
        let change = AliasChange(
            alias: desired.spec.alias, source: source.name, service: service.isEmpty ? nil : serviceFile,
            ssh: ssh.isEmpty ? nil : sshFile, changes: service + ssh, isNew: isNew)
        return step(.setAlias(change), on: desired.spec.hostName, cause: isNew ? .missing : .drift)
    }

    /// Slot, receiver and the first segment: in this order, after everything that Barman needs to connect.
    private func stream(_ seen: Observed, _ source: Desired.Source, before: [Step]) -> [Step] {
        guard desired.streams else { return [] }
        let host = desired.spec.hostName
        let name = source.node.name
        var steps: [Step] = []
        func add(_ action: BarmanAction, on target: HostName, cause: Step.Cause) {
            steps.append(
                step(action, on: target, cause: cause).after((before + steps).map(\.id), .connectionBeforeReceiver))
        }
        if let slot = desired.slot {
            if source.hasSlot != true { add(.createSlot(slot, on: name), on: host, cause: .missing) }
            // Only once log arrives from the new source is the old one's not needed any more.
            if source.isReceiving == true {
                for former in source.formerSources { add(.dropSlot(slot), on: former.name, cause: .repair) }
            }
        }
        if source.isReceiving != true || !seen.receiverRuns {
            let start = ReceiverStart(
                from: name, isGone: !seen.receiverRuns && source.isReceiving == true,
                mayRunElsewhere: source.isReceiving == false)
            add(.receive(start), on: host, cause: .repair)
        }
        if !seen.hasArchive { add(.archiveFirstSegment(from: name), on: host, cause: .missing) }
        return steps
    }
}
