/// The smallest thing that is done through a door, as data.
package struct Operation: Sendable, Hashable {
    package enum Work: Sendable, Hashable {
        /// A script for `sh`.
        case script(SecretText)
        /// Statements for the node's server, as its superuser over the local socket.
        case sql(database: String, SecretText, server: LocalServer)
        /// One statement over the kept-open session to the node of this host: for what clients wait for.
        case session(database: String, String)
        /// A question over the same session, whose number is told to whoever watches; nothing rests on it, and a question
        /// that cannot be answered is no failure.
        case count(database: String, String)
        /// A command on pgregent's own machine: `failover.fence_command`.
        case local(String)
        /// The script runs on the primary's host, and its last words are the control file of the stopped primary; then
        /// this node must have replayed all that it tells of.
        case caughtUp(with: NodeName, script: String)
        /// A whole file that was read before: refused when it is no longer what was read.
        case write(FileWrite)
        /// Some lines of a file that belongs to others too; read, changed and written when it is done.
        case edit(FileEdit)
        /// What the first script prints on `from`, which must be base64, given to the second on the operation's own
        /// host as standard input.
        case transfer(from: HostName, account: Account, produce: String, consume: String)
    }

    package var host: HostName
    package var account: Account
    package var work: Work
    /// What it is, in a few words, for the journal and for error messages: `start PostgreSQL on vm2`.
    package var title: String
    package var timeout: Timeout
    /// Where its progress can be asked while it runs.
    package var progress: ProgressSource?

    /// How long it may take, as cluster.yaml's `reconcile` section measures; a moment is a command that ends by itself at
    /// once, or with what it waits for, and is not watched over on its host.
    package enum Timeout: Sendable, Hashable { case immediate, command, clone }

    package init(
        _ title: String, on host: HostName, as account: Account, _ work: Work, timeout: Timeout = .command,
        progress: ProgressSource? = nil
    ) {
        self.title = title
        self.host = host
        self.account = account
        self.work = work
        self.timeout = timeout
        self.progress = progress
    }

    /// The operation as a person would type it, secrets redacted.
    package var shown: String {
        switch work {
        case .script(let text): text.redacted
        case .sql(let database, let text, _): "psql -d \(database) <<'SQL'\n\(text.redacted)\nSQL"
        case .session(_, let sql), .count(_, let sql): sql
        case .local(let command): command
        case .caughtUp(let primary, let script):
            "on \(primary): \(script)\n| on \(host): wait until all of \(primary)'s log is replayed"
        case .write(let write): "write \(write.path)"
        case .edit(let edit): "edit \(edit.path)"
        case .transfer(let source, _, let produce, let consume): "on \(source): \(produce)\n| on \(host): \(consume)"
        }
    }
}

/// Where the bytes of a running base backup can be asked for.
package struct ProgressSource: Sendable, Hashable {
    /// The node that sends.
    package var node: NodeName
    /// The receiving node, as `application_name` of the walsender has it or, failing that, by its address.
    package var receiver: NodeName

    package init(node: NodeName, receiver: NodeName) {
        self.node = node
        self.receiver = receiver
    }
}

/// How `psql` reaches a server on its own host.
package struct LocalServer: Sendable, Hashable {
    package var port: Int
    package var binDirectory: String

    package init(port: Int, binDirectory: String) {
        self.port = port
        self.binDirectory = binDirectory
    }
}

/// A file's new content, resting on the content that was observed.
package struct FileWrite: Sendable, Hashable {
    package var path: String
    /// What the file held when it was observed; nil: it was missing.
    package var observed: String?
    package var content: String
    /// For a new file; an existing one keeps its own.
    package var mode: String
    /// For a new file, `user:group`; nil: the account that writes.
    package var owner: String?
    /// A script that refuses a candidate, whose path is in `$f`, by a status that is not 0: what the program that reads
    /// the file says of it, asked before the file is put in its place.
    package var check: String?

    package init(
        path: String, observed: String?, content: String, mode: String = "0644", owner: String? = nil,
        check: String? = nil
    ) {
        self.check = check
        self.path = path
        self.observed = observed
        self.content = content
        self.mode = mode
        self.owner = owner
    }
}

/// A change of some lines of a file, worked out on what the file holds when it is done.
package struct FileEdit: Sendable, Hashable {
    package enum Change: Sendable, Hashable {
        /// Each line that begins with `prefix` is replaced by `line`; where there is none, `line` is put first.
        case keyedLines([KeyedLine])
        /// The lines between `# BEGIN pgregent` and `# END pgregent` are these; `atTop` says where a new block goes.
        case block(lines: [String], atTop: Bool)
    }

    package struct KeyedLine: Sendable, Hashable {
        package var prefix: String
        package var line: SecretText

        package init(prefix: String, line: SecretText) {
            self.prefix = prefix
            self.line = line
        }
    }

    package var path: String
    package var change: Change
    /// What was observed, for `--diff` only; nil for a missing or a secret file.
    package var observed: String?
    package var mode: String
    package var owner: String?

    package init(path: String, _ change: Change, observed: String? = nil, mode: String, owner: String? = nil) {
        self.path = path
        self.change = change
        self.observed = observed
        self.mode = mode
        self.owner = owner
    }
}

/// Something that can be asked of a host: true when the script ends with status 0.
package struct Check: Sendable, Hashable {
    package enum Question: Sendable, Hashable {
        case script(String)
        /// One statement whose first value must be `t`.
        case sql(database: String, String, server: LocalServer)
        /// The same over the kept-open session to the node of this host.
        case session(database: String, String)
    }

    /// What must be so: `vm2 streams from vm1`.
    package var sentence: String
    package var host: HostName
    package var account: Account
    package var question: Question
    /// How long to ask again before the answer counts; zero: once.
    package var patience: Duration
    /// The pause before asking again: short where clients wait.
    package var interval: Duration
    /// Without it there is no use in asking again.
    package var premise: Premise?

    /// What must go on to be so while something is waited for: nobody gets a stream from a node that is gone. Asked over the
    /// kept-open session to the node.
    package enum Premise: Sendable, Hashable {
        case answers(NodeName)
        case takesWrites(NodeName)

        package var node: NodeName {
            switch self {
            case .answers(let node), .takesWrites(let node): node
            }
        }

        package var sql: String {
            switch self {
            case .answers: "SELECT true"
            case .takesWrites: "SELECT NOT pg_is_in_recovery()"
            }
        }

        package var sentence: String {
            switch self {
            case .answers(let node): "\(node) answers"
            case .takesWrites(let node): "\(node) takes writes"
            }
        }
    }

    package init(
        _ sentence: String, on host: HostName, as account: Account, _ question: Question, patience: Duration = .zero,
        interval: Duration = .milliseconds(50), premise: Premise? = nil
    ) {
        self.interval = interval
        self.premise = premise
        self.sentence = sentence
        self.host = host
        self.account = account
        self.question = question
        self.patience = patience
    }
}
