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

    private var directory: String { "umask 077; mkdir -p \"$HOME/.ssh\" || exit 1" }

    /// Adds standard input, decoded, as a line of `$f` where it is not one yet.
    private var addLine: String {
        """
        l=$(base64 -d) && [ -n "$l" ] || exit 1
        touch "$f" || exit 1
        grep -qxF -e "$l" "$f" || printf '%s\\n' "$l" >>"$f"
        """
    }

    private var makeKey: Operation {
        let make =
            "ls \"$HOME\"/.ssh/id_*.pub >/dev/null 2>&1 || ssh-keygen -q -t ed25519 -N '' -f \"$HOME/.ssh/id_ed25519\""
        return Operation(
            "make a key for \(passage.fromAccount) on \(passage.from)", on: passage.from,
            as: .named(passage.fromAccount),
            .script(SecretText("\(directory); \(make)")))
    }

    private var authorise: Operation {
        let produce = """
            for k in id_ed25519 id_ecdsa id_rsa; do
              [ -r "$HOME/.ssh/$k.pub" ] && { base64 -w0 <"$HOME/.ssh/$k.pub"; exit; }
            done; exit 1
            """
        return Operation(
            "authorise \(passage.fromAccount)@\(passage.from) on \(passage.to)", on: passage.to,
            as: .named(passage.toAccount),
            .transfer(
                from: passage.from, account: .named(passage.fromAccount), produce: produce,
                consume: "\(directory); f=\"$HOME/.ssh/authorized_keys\"; \(addLine)"))
    }

    private var makeKnown: Operation {
        let name = Quoting.shell(passage.knownName)
        return Operation(
            "make \(passage.to) known on \(passage.from)", on: passage.from, as: .named(passage.fromAccount),
            .transfer(
                from: passage.to, account: .login,
                produce: "{ printf '%s ' \(name); cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub; } | base64 -w0",
                consume: "\(directory); f=\"$HOME/.ssh/known_hosts\"; \(addLine)"))
    }
}
