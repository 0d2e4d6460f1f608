internal import ClusterModel
internal import HostAccess

/// One host as the ssh program is told to reach it: pure text, no I/O.
struct Destination: Sendable {
    let host: HostSpec
    /// The socket of the master connection.
    let controlPath: String
    /// What `~/` stands for; ssh itself asks the password database and ignores $HOME.
    let home: String

    init(host: HostSpec, runtimeDirectory: String, home: String) {
        self.host = host
        self.home = home
        let identity = [
            "\(host.ssh.user)@\(host.address)", host.ssh.port.map(String.init) ?? "", host.ssh.identityFile ?? "",
            host.ssh.knownHostsFile ?? "",
        ]
        controlPath = runtimeDirectory + "/" + fnv1a(identity.joined(separator: "\0"))
    }

    /// `user@host:port` for messages; without the port where OpenSSH decides it.
    var place: String {
        "\(host.ssh.user)@\(host.address)" + (host.ssh.port.map { ":\($0)" } ?? "")
    }

    var knownHostsFile: String? { host.ssh.knownHostsFile.map(expandingHome) }
    var identityFile: String? { host.ssh.identityFile.map(expandingHome) }

    /// Why ssh must not be given this destination, if so: a name from the file is never to become an option,
    /// a URL or a second login name.
    var problem: String? {
        if host.address.isEmpty || host.address.hasPrefix("-") || host.address.utf8.contains(where: isForeign) {
            return "\"\(host.address)\" is not a host name or address"
        }
        let user = host.ssh.user
        if user.isEmpty || user.hasPrefix("-") || user.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            return "\"\(user)\" is not an account name (ssh.user)"
        }
        // ssh binds a temporary name of 17 more bytes before it renames it.
        if controlPath.utf8.count > 90 {
            return "the runtime directory's path is too long for a control socket: \(controlPath)"
        }
        let paths = [controlPath, knownHostsFile ?? "", identityFile ?? ""]
        if let bad = paths.first(where: { $0.contains("\"") || $0.contains("${") || $0.contains("\n") }) {
            return "ssh cannot be given the path \(bad): it holds a quote, a line break or \"${\""
        }
        return nil
    }

    /// The arguments of ssh for one session that runs `command`.
    ///
    /// What a user's ~/.ssh/config says about jumps, ciphers and host names holds; what would make a session something
    /// else than a plain command (forwardings, a remote command, a terminal) is switched off.
    func arguments(command: String) -> [String] {
        let seconds = max(1, Int(host.ssh.connectTimeout.components.seconds))
        var options = [
            "ControlMaster=auto", "ControlPath=\(quoted(controlPath))", "ControlPersist=10m", "BatchMode=yes",
            "ConnectTimeout=\(seconds)", "ServerAliveInterval=5", "ServerAliveCountMax=2", "StrictHostKeyChecking=yes",
            "UpdateHostKeys=no", "LogLevel=INFO", "ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
            "PermitLocalCommand=no", "RemoteCommand=none", "RequestTTY=no",
        ]
        if let knownHostsFile { options.append("UserKnownHostsFile=\(quoted(knownHostsFile))") }
        if let identityFile { options += ["IdentityFile=\(quoted(identityFile))", "IdentitiesOnly=yes"] }
        var arguments = ["ssh"] + options.flatMap { ["-o", $0] }
        if let port = host.ssh.port { arguments += ["-p", String(port)] }
        return arguments + ["-l", host.ssh.user, "--", host.address, command]
    }

    private func isForeign(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x7F || "@/\\\"'`$;&|<>(){}*?".utf8.contains(byte)
    }

    private func expandingHome(_ path: String) -> String {
        path.hasPrefix("~/") ? home + path.dropFirst(1) : path
    }

    /// A path as an option's value: `%` would start one of ssh's own tokens, a space would end the word.
    private func quoted(_ path: String) -> String {
        "\"" + path.split(separator: "%", omittingEmptySubsequences: false).joined(separator: "%%") + "\""
    }
}

/// A short name for a long one (64-bit FNV-1a, in hexadecimal); it only has to differ, it protects nothing.
private func fnv1a(_ text: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 {
        hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
