import ClusterModel
import HostAccess

/// What is run so that one account may log in as another. Keys are made where they are used and never leave their host; host
/// keys come over pgregent's own connection, whose host key is pinned already.
struct PassageCommands {
    private let passage: Passage

    init(_ passage: Passage) {
        self.passage = passage
    }

    var operations: [Operation] { [makeKey, authorise, makeKnown] }

    func mayLogIn(sentence: String) -> Check {
        let port = passage.port.map { " -p \($0)" } ?? ""
        let login =
            "ssh -o BatchMode=yes -o ConnectTimeout=5\(port) -l \(Quoting.shell(passage.toAccount)) -- \(Quoting.shell(passage.address)) true"
        return Check(sentence, on: passage.from, as: .named(passage.fromAccount), .script(login))
    }

    /// Adds standard input, decoded, as a line of a file in `~/.ssh` where it is not one yet.
    private func addLine(to name: String) -> String { ShellProgram(Scripts.addLine, ["name": name]).description }

    private var makeKey: Operation {
        Operation(
            "make a key for \(passage.fromAccount) on \(passage.from)", on: passage.from,
            as: .named(passage.fromAccount),
            .script(SecretText(ShellProgram(Scripts.makeKey).description)))
    }

    private var authorise: Operation {
        Operation(
            "authorise \(passage.fromAccount)@\(passage.from) on \(passage.to)", on: passage.to,
            as: .named(passage.toAccount),
            .transfer(
                from: passage.from, account: .named(passage.fromAccount),
                produce: ShellProgram(Scripts.printKey).description, consume: addLine(to: "authorized_keys")))
    }

    private var makeKnown: Operation {
        let name = Quoting.shell(passage.knownName)
        return Operation(
            "make \(passage.to) known on \(passage.from)", on: passage.from, as: .named(passage.fromAccount),
            .transfer(
                from: passage.to, account: .login,
                produce: "{ printf '%s ' \(name); cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub; } | base64 -w0",
                consume: addLine(to: "known_hosts")))
    }
}
