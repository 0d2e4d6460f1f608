internal import ClusterModel
internal import HostAccess

/// How the account that a script needs is reached from the login.
enum AccountRoute: Hashable, Sendable {
    case direct
    case runuser(String)
    case sudo(String)

    /// - Throws: `ShellFailure(.account)` when the login can neither be nor become the account.
    init(_ account: Account, on host: HostSpec) throws(ShellFailure) {
        let login = host.ssh.user
        let name: String
        switch account {
        case .login: name = login
        case .named(let wanted): name = wanted
        case .privileged(let other): name = login == "root" || host.ssh.sudo ? "root" : other
        }
        if name == login {
            self = .direct
        } else if !Self.isPlain(name) {
            throw ShellFailure(.account, host: host.name, "\(host.name): \"\(name)\" is not an account name.")
        } else if login == "root" {
            self = .runuser(name)
        } else if host.ssh.sudo {
            self = .sudo(name)
        } else {
            throw ShellFailure(
                .account, host: host.name,
                """
                \(host.name): this needs the account \(name), but the login is \(login), which may not become another. \
                Log in as \(name) or root (ssh.user), or declare `ssh.sudo: true` and allow it in sudoers: \
                `\(login) ALL=(\(name)) NOPASSWD: /bin/sh`.
                """)
        }
    }

    /// The account's name; nil for the login's own.
    var account: String? {
        switch self {
        case .direct: nil
        case .runuser(let name), .sudo(let name): name
        }
    }

    /// What ssh asks the login's shell to run. The text is plain enough for any (bash, fish, csh).
    var command: String {
        let path = "PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin"
        return switch self {
        case .direct: "exec /bin/sh"
        case .runuser(let name): "exec /bin/sh -c '\(path); exec runuser -u \(name) -- /bin/sh'"
        case .sudo(let name): "exec /bin/sh -c '\(path); exec sudo -n -H -u \(name) -- /bin/sh'"
        }
    }

    /// Names that need no quoting in any shell, as useradd makes them.
    private static func isPlain(_ name: String) -> Bool {
        guard let first = name.utf8.first, first != UInt8(ascii: "-") else { return false }
        return name.utf8.allSatisfy {
            ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x61 && $0 <= 0x7A)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
    }
}
