internal import ClusterModel
internal import HostAccess

extension Destination {
    /// Why no session came about: from what ssh (or sudo, runuser, the login's shell) said before our shell answered.
    func failure(status: Int32, errors: String, route: AccountRoute) -> ShellFailure {
        let said = Self.gist(of: errors)
        if status == 255 { return connectionFailure(errors, said) }
        switch route {
        case .sudo(let account):
            return ShellFailure(
                .account, host: host.name,
                """
                \(host.name): sudo as \(account) was refused to \(host.ssh.user) on \(place): \(said). \
                Allow it in sudoers: `\(host.ssh.user) ALL=(\(account)) NOPASSWD: /bin/sh`.
                """)
        case .runuser(let account):
            return ShellFailure(
                .account, host: host.name, "\(host.name): runuser could not become \(account) on \(place): \(said).")
        case .direct:
            return ShellFailure(
                .accessDenied, host: host.name,
                """
                \(host.name): \(place) let us in, but its shell ended with status \(status) before a command ran: \
                \(said). The account needs a shell, and a writable /dev/shm, /tmp or home directory.
                """)
        }
    }

    /// The connection did not come about within the time that was left.
    func slow(_ errors: String) -> ShellFailure {
        let said = errors.isEmpty ? "" : " (so far: \(Self.gist(of: errors)))"
        return ShellFailure(
            .unreachable, host: host.name,
            "\(host.name): ssh to \(place) gave no shell within the time\(said). Nothing ran; is the host up?")
    }

    private func connectionFailure(_ errors: String, _ said: String) -> ShellFailure {
        func has(_ words: String...) -> Bool { words.contains { errors.contains($0) } }
        let (kind, advice): (ShellFailure.Kind, String)
        if has("Host key verification failed", "host key is known for", "IDENTIFICATION HAS CHANGED") {
            kind = .hostKey
            let file = knownHostsFile ?? "the known_hosts file"
            let changed = has("IDENTIFICATION HAS CHANGED")
            advice =
                changed
                ? "Its host key is not the one in \(file): find out why, then replace the line by hand."
                : "No host key of it is in \(file): add it after comparing it on the host's console."
        } else if has("Could not resolve hostname") {
            kind = .nameResolution
            advice = "Check `host` in the file, and the resolver."
        } else if has("Permission denied", "Too many authentication failures", "No supported authentication") {
            kind = .accessDenied
            let key = identityFile.map { "the key \($0)" } ?? "no key of the agent or of ~/.ssh"
            advice =
                identityFile == nil
                ? "The host takes \(key): add one to \(host.ssh.user)'s authorized_keys, or name it in the file."
                : "The host does not take \(key) for \(host.ssh.user): check its authorized_keys."
        } else {
            kind = .unreachable
            advice = "Is sshd running there, and is the port open?"
        }
        return ShellFailure(kind, host: host.name, "\(host.name): ssh to \(place) failed: \(said). \(advice)")
    }

    /// The last words, without decoration: one line, at most 300 characters.
    static func gist(of errors: String) -> String {
        let lines = errors.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("@") && !$0.hasPrefix("Warning:") }
        let text = lines.suffix(2).joined(separator: "; ")
        let gist = text.isEmpty ? "it said nothing" : String(text.suffix(300))
        return gist.hasSuffix(".") ? String(gist.dropLast()) : gist
    }
}
