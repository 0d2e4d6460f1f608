import ClusterModel
import HostAccess

/// What is run so that one account may log in as another. Keys are made where they are used and never leave their host; host
/// keys come over pgregent's own connection, whose host key is pinned already.
struct SSHAccessCommands {
    private let access: SSHAccess

    init(_ access: SSHAccess) {
        self.access = access
    }

    var operations: [Operation] { [makeKey, authorise, makeKnown] }

    func mayLogIn(sentence: String) -> Check {
        let port = access.port.map { " -p \($0)" } ?? ""
        let login =
            "ssh -o BatchMode=yes -o ConnectTimeout=5\(port) -l \(Quoting.shell(access.toAccount)) -- \(Quoting.shell(access.address)) true"
        return Check(sentence, on: access.from, as: .named(access.fromAccount), .script(login))
    }

    /// Adds standard input, decoded, as a line of a file in `~/.ssh` where it is not one yet.
    private func addLine(to name: String) -> String { ShellProgram(Scripts.addLine, ["name": name]).description }

    private var makeKey: Operation {
        Operation(
            "make a key for \(access.fromAccount) on \(access.from)", on: access.from,
            as: .named(access.fromAccount),
            .script(SecretText(ShellProgram(Scripts.makeKey).description)))
    }

    private var authorise: Operation {
        Operation(
            "authorise \(access.fromAccount)@\(access.from) on \(access.to)", on: access.to,
            as: .named(access.toAccount),
            .transfer(
                from: access.from, account: .named(access.fromAccount),
                produce: ShellProgram(Scripts.printKey).description, consume: addLine(to: "authorized_keys")))
    }

    private var makeKnown: Operation {
        let name = Quoting.shell(access.knownName)
        return Operation(
            "make \(access.to) known on \(access.from)", on: access.from, as: .named(access.fromAccount),
            .transfer(
                from: access.to, account: .login,
                produce: "{ printf '%s ' \(name); cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub; } | base64 -w0",
                consume: addLine(to: "known_hosts")))
    }
}
