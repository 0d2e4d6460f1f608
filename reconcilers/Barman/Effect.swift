package import ClusterModel
import HostAccess

/// What an observation would show of Barman after each of its actions has succeeded. What becomes of slots and streams on the
/// nodes is said in `Systems/ClusterEffect`.
package struct Effect {
    private let spec: BarmanSpec

    package init(_ spec: BarmanSpec) {
        self.spec = spec
    }

    package func apply(_ action: BarmanAction, to barman: inout Observed, trusts: inout [HostName: Trust]) {
        switch action {
        case .configure(let file): barman.configuration = .content(file.content)
        case .setPassfile:
            barman.passfileFits = true
            barman.hasPassfile = true
        case .setAlias(let change):
            if let service = change.service { barman.serviceFile = .content(service.content) }
            if let ssh = change.ssh { barman.sshConfiguration = .content(ssh.content) }
        case .createSlot, .dropSlot: break
        case .receive: barman.receiverRuns = true
        case .archiveFirstSegment: barman.hasArchive = true
        case .authorize(let passage, _, _): open(passage, &trusts)
        }
    }

    private func open(_ passage: Passage, _ trusts: inout [HostName: Trust]) {
        let key = trusts[passage.from]?.publicKey ?? "ssh-ed25519 key-of-\(passage.login)"
        trusts[passage.from]?.publicKey = key
        trusts[passage.to]?.authorized.insert(key)
        if let hostKey = trusts[passage.to]?.hostKey {
            trusts[passage.from]?.known.insert("\(passage.knownName) \(hostKey)")
        }
    }
}
