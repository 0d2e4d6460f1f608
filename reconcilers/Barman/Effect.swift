package import ClusterModel
import HostAccess

/// What an observation would show of Barman after each of its actions has succeeded. What becomes of slots and streams on the
/// nodes is said in `Systems/ClusterEffect`.
package struct Effect {
    private let spec: BarmanSpec

    package init(_ spec: BarmanSpec) {
        self.spec = spec
    }

    package func apply(_ action: BarmanAction, to barman: inout Observed, sshKeys: inout [HostName: SSHKeys]) {
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
        case .authorize(let access, _, _): open(access, &sshKeys)
        }
    }

    private func open(_ access: SSHAccess, _ sshKeys: inout [HostName: SSHKeys]) {
        let key = sshKeys[access.from]?.publicKey ?? "ssh-ed25519 key-of-\(access.login)"
        sshKeys[access.from]?.publicKey = key
        sshKeys[access.to]?.authorized.insert(key)
        if let hostKey = sshKeys[access.to]?.hostKey {
            sshKeys[access.from]?.known.insert("\(access.knownName) \(hostKey)")
        }
    }
}
