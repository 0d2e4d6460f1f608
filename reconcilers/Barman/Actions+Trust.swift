import ClusterModel
import HostAccess

extension Actions {
    /// Keys are made where they are used and never leave their host; host keys come over pgregent's own connection,
    /// whose host key is pinned already.
    func open(_ passage: Passage, lacking: [String]) -> Step {
        let isInward = passage.to == host
        let (from, to) = ("\(passage.fromAccount)@\(passage.from)", "\(passage.toAccount)@\(passage.to)")
        var step = Step(
            "barman", isInward ? "let-in" : "let-out", isInward ? passage.from : passage.to, .add, cause: .missing,
            summary: "\(from) may log in as \(to)",
            reason: isInward
                ? "the node brings its log to Barman, or is cloned from it"
                : "Barman copies the data directory with rsync",
            operations: [])
        step.detail = lacking.joined(separator: ", ")
        step.operations = [makeKey(passage), authorise(passage), makeKnown(passage)]
        let port = passage.port.map { " -p \($0)" } ?? ""
        step.effects = [
            Check(
                "\(from) logs in as \(to)", on: passage.from, as: .named(passage.fromAccount),
                .script(
                    "ssh -o BatchMode=yes -o ConnectTimeout=5\(port) -l \(Quoting.shell(passage.toAccount)) -- \(Quoting.shell(passage.address)) true"
                ))
        ]
        return step
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

    private func makeKey(_ passage: Passage) -> Operation {
        let make =
            "ls \"$HOME\"/.ssh/id_*.pub >/dev/null 2>&1 || ssh-keygen -q -t ed25519 -N '' -f \"$HOME/.ssh/id_ed25519\""
        return Operation(
            "make a key for \(passage.fromAccount) on \(passage.from)", on: passage.from,
            as: .named(passage.fromAccount),
            .script(SecretText("\(directory); \(make)")))
    }

    private func authorise(_ passage: Passage) -> Operation {
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

    private func makeKnown(_ passage: Passage) -> Operation {
        let name = Quoting.shell(passage.knownName)
        return Operation(
            "make \(passage.to) known on \(passage.from)", on: passage.from, as: .named(passage.fromAccount),
            .transfer(
                from: passage.to, account: .login,
                produce: "{ printf '%s ' \(name); cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub; } | base64 -w0",
                consume: "\(directory); f=\"$HOME/.ssh/known_hosts\"; \(addLine)"))
    }
}
