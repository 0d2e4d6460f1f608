import ClusterModel
import HostAccess

/// How each step of PostgreSQL is done.
struct Actions {
    let node: Desired.Node
    var spec: NodeSpec { node.spec }
    var layout: NodeLayout { NodeLayout(node.spec) }
    var owner: Account { .named(spec.postgresql.osUser) }

    init(_ node: Desired.Node) {
        self.node = node
    }

    /// Makes a new cluster, with its configuration, and starts it.
    func create() -> Step {
        var step = step(
            "create", .add, cause: .missing, summary: "new database cluster, and start it",
            reason: "bootstrap.from is initdb and no declared node holds a database")
        step.operations = [script("create the database cluster", createCommand, span: .clone)] + managedBlocks
        step.operations += [service(.start), script("remove the mark of the creation", "rm -f \(mark)")]
        step.effects = [accepts(patience: .seconds(30))]
        return step
    }

    /// The managed blocks of files that are not read yet.
    var managedBlocks: [Operation] {
        let parameters = edit(block: parameterLines, file: layout.configurationFile, observed: nil, atTop: false)
        guard !node.hba.isEmpty else { return [parameters] }
        return [parameters, edit(block: node.hba, file: layout.hbaFile, observed: nil, atTop: true)]
    }

    /// Slots of ours for standbys that stream from elsewhere now keep log for nobody.
    func dropStaleSlots(_ names: [String]) -> Step {
        var step = step(
            "drop-stale-slots", .destroy, cause: .repair, summary: names.joined(separator: ", "),
            reason: "its standby streams from another node: the slot would keep log for ever")
        step.operations = [
            sql(
                "drop stale slots",
                SecretText(
                    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name IN (\(names.map { Quoting.literal($0) }.joined(separator: ", "))) AND NOT active;"
                ))
        ]
        return step
    }

    /// The server runs, so what the mark said is over.
    func unmark() -> Step {
        var step = step(
            "unmark", .change, cause: .repair, summary: "remove the mark of a finished creation",
            reason: "an earlier run ended before it did so")
        step.operations = [script("remove the mark of the creation", "rm -f \(mark)")]
        return step
    }

    var mark: String { Quoting.shell(layout.cloneMark) }

    /// Only a directory that is missing, empty or marked as pgregent's own unfinished one is used; the mark stands
    /// from before the first file until the server runs, so that a killed run leaves nothing that looks whole.
    var prepare: String { "\(WorkMark.shell)\(prepareDirectory)" }

    /// The same where `WorkMark.shell` stands already.
    var prepareDirectory: String {
        """
        d=\(data); m=\(mark); c=\(Quoting.shell(spec.postgresql.configDirectory))
        if [ -e "$m" ]; then
          at_work "$m" && { echo "an earlier run is still at work here (process $p)" >&2; exit 1; }
          p=; [ -r "$d/postmaster.pid" ] && read -r p <"$d/postmaster.pid"
          [ -n "$p" ] && [ -d "/proc/$p" ] && { echo "a server runs in $d (process $p)" >&2; exit 1; }
          [ -e "$d" ] && { find "$d" -mindepth 1 -delete || exit 1; }
          grep -q 'and configuration' "$m" && rm -rf "$c"
        elif [ -e "$d" ] && [ -n "$(ls -A "$d")" ]; then
          echo "$d is not empty, and no mark says that it is an unfinished creation" >&2; exit 1
        fi
        w='unfinished creation'; [ -e "$c/postgresql.conf" ] || w="$w and configuration"
        mkdir -p "$(dirname "$d")" && mark_work "$m" "$w" || exit 1
        """
    }

    static let authentication = "--auth-local=peer --auth-host=scram-sha-256"

    private var createCommand: String {
        let postgresql = spec.postgresql
        let initdb = "--data-checksums --encoding=UTF8 --locale=C.UTF-8 \(Self.authentication)"
        if case .pgCtlCluster = postgresql.service {
            return prepare + "\n" + debianCluster + " -- \(initdb)"
        }
        let program = Quoting.shell(postgresql.binDirectory + "/initdb")
        var lines = [prepare + "\n\(program) -D \(data) \(initdb)"]
        if layout.isSplit {
            lines.append(
                """
                mkdir -p \(Quoting.shell(postgresql.configDirectory)) && \
                mv \(data)/postgresql.conf \(data)/pg_hba.conf \(data)/pg_ident.conf \(Quoting.shell(postgresql.configDirectory))/
                """)
        }
        lines.append(placeSettings)
        return lines.joined(separator: " && \\\n")
    }

    /// Makes Debian's files for a data directory, and the directory where there is none.
    var debianCluster: String {
        """
        pg_createcluster --port=\(spec.postgresql.port) --datadir=\(data) -o \(Quoting.shell("listen_addresses=*")) \
        \(spec.postgresql.version) \(Quoting.shell(layout.debianName))
        """
    }

    /// Says in a fresh postgresql.conf where the server is and where its things are.
    var placeSettings: String {
        let settings = [
            "listen_addresses = '*'", "port = \(spec.postgresql.port)",
            "data_directory = \(Quoting.configuration(spec.postgresql.dataDirectory))",
            "hba_file = \(Quoting.configuration(layout.hbaFile))",
        ]
        let words = settings.map { Quoting.shell($0) }.joined(separator: " ")
        return "printf '%s\\n' \(words) >>\(Quoting.shell(layout.configurationFile))"
    }

    /// Brings the managed block of postgresql.conf up to date and has it read.
    func parameters(changes: String, observed: HostFacts, cause: Step.Cause) -> Step {
        var step = step(
            "parameters", .change, cause: cause, summary: "set parameters",
            reason: "postgresql.parameters differ from what the server uses")
        step.detail = changes
        step.disruption = .reload
        step.operations = [
            edit(
                block: parameterLines, file: layout.configurationFile, observed: observed.configuration.text,
                atTop: false),
            refuseInvalid(file: layout.configurationFile, ask: wholeConfiguration),
            service(.reload),
        ]
        return step
    }

    /// The first half of a change that both raises and lowers what a standby must not have less of than its primary.
    func raise(changes: String, observed: HostFacts, streams: Bool) -> Step {
        var step = parameters(changes: changes, observed: observed, cause: .config)
        let restart = restart(detail: changes, cause: .config, streams: streams)
        step.action = "raise"
        step.summary = "raise parameters, restart PostgreSQL"
        step.reason = "raised before the primary, since a standby must not have less; lowered after it"
        step.disruption = .restart
        step.operations += restart.operations
        step.effects = restart.effects
        return step
    }

    /// - Parameter label: the parameter's name in pg_controldata's words.
    func hasReplayed(_ label: String, atMost amount: Int, of name: String) -> Check {
        let program = Quoting.shell(spec.postgresql.binDirectory + "/pg_controldata")
        let ask = "LC_ALL=C \(program) \(data) | sed -n 's/^\(label) setting: *//p'"
        return check(
            "\(spec.name) has replayed that the primary's \(name) is at most \(amount)",
            .script("v=$(\(ask)) && [ -n \"$v\" ] && [ \"$v\" -le \(amount) ]"), patience: .seconds(30))
    }

    /// Brings the managed block of pg_hba.conf up to date and has it read.
    func hba(observed: HostFacts, cause: Step.Cause) -> Step {
        var step = step(
            "hba", .change, cause: cause, summary: "set managed block of pg_hba.conf",
            reason: "the managed block differs from postgresql.hba and what the declared services need")
        step.disruption = .reload
        step.operations = [
            edit(block: node.hba, file: layout.hbaFile, observed: observed.hba.text, atTop: true),
            refuseInvalid(
                file: layout.hbaFile,
                ask: HostSQL.value(
                    "SELECT string_agg(error, '; ') FROM pg_hba_file_rules WHERE error IS NOT NULL",
                    database: "postgres",
                    server: layout.localServer)),
            service(.reload),
        ]
        return step
    }

    func reload(reason: String, detail: String) -> Step {
        var step = step("reload", .change, cause: .repair, summary: "reload the configuration", reason: reason)
        step.detail = detail
        step.disruption = .reload
        step.operations = [service(.reload)]
        return step
    }

    /// - Parameter streams: it is a standby that streams, and must do so again before the next one is restarted.
    func restart(detail: String, cause: Step.Cause, streams: Bool) -> Step {
        var step = step(
            "restart", .change, cause: cause, summary: "restart PostgreSQL",
            reason: "a changed parameter takes effect at a restart only")
        step.detail = detail
        step.disruption = .restart
        step.operations = [service(.restart)]
        step.effects = [accepts(patience: .seconds(60))]
        if streams {
            let sql = "SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"
            step.effects.append(sqlCheck("\(spec.name) streams again", sql, patience: .seconds(30)))
        }
        return step
    }

    /// Starts a stopped standby. It can never become a writable node by this: its standby.signal is checked first.
    func start(evidence: String) -> Step {
        var step = step("start", .change, cause: .repair, summary: "start the stopped standby", reason: evidence)
        // Another pgregent may have begun to rewind it, or to copy it anew, since the look.
        step.guards = [
            check(
                "\(spec.name) is a standby, and no copy of it is unfinished",
                .script("[ -e \(data)/standby.signal ] && [ ! -e \(mark) ]"))
        ]
        step.operations = [service(.start)]
        step.effects = [accepts(patience: .seconds(60))]
        return step
    }

    /// Starts a stopped witness: its database is its own, and nobody's copy.
    func startWitness(evidence: String) -> Step {
        var step = step("start", .change, cause: .repair, summary: "start the stopped witness", reason: evidence)
        step.operations = [service(.start)]
        step.effects = [accepts(patience: .seconds(60))]
        return step
    }

    func passfile(cause: Step.Cause) -> Step {
        var step = step(
            "passfile", cause == .missing ? .add : .change, cause: cause,
            summary: "set entries of ~\(spec.postgresql.osUser)/.pgpass",
            reason: "the host needs the declared password to reach the other nodes")
        step.operations = [
            Operation(
                "set passfile entries on \(spec.name)", on: spec.name, as: owner,
                .edit(FileEdit(path: "~/.pgpass", .keyedLines(node.passfile), mode: "0600")))
        ]
        return step
    }

    /// Makes the slot that a standby of this node streams through.
    func slot(_ name: String, for standby: NodeName) -> Step {
        var step = Step(
            "postgresql", "slot", standby, .add, cause: .repair, summary: "create slot \(name) on \(spec.name)",
            reason: "\(standby) streams from \(spec.name) through this slot, and it does not exist",
            operations: [])
        let exists = "SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name))"
        step.guards = [sqlCheck("slot \(name) is missing on \(spec.name)", exists)]
        step.operations = [
            sql("create slot \(name)", "SELECT pg_create_physical_replication_slot(\(Quoting.literal(name)), true);")
        ]
        return step
    }

    func dropSlot(_ name: String, of leaving: NodeName) -> Step {
        var step = Step(
            "postgresql", "drop-slot", leaving, .destroy, cause: .config, summary: "\(name) on \(spec.name)",
            reason: "ensure is absent: the slot would keep write-ahead log for ever", operations: [])
        step.operations = [
            sql(
                "drop slot \(name)",
                "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = \(Quoting.literal(name));"
            )
        ]
        return step
    }

    /// Stops a leaving standby. A primary is never stopped by this: its standby.signal is checked first.
    func stop() -> Step {
        var step = step(
            "stop", .destroy, cause: .config, summary: "stop the standby; its data stays", reason: "ensure is absent")
        step.disruption = .stop
        step.guards = [check("\(spec.name) is a standby", .script("[ -e \(data)/standby.signal ]"))]
        step.operations = [service(.stop)]
        return step
    }

    // MARK: parts

    var data: String { Quoting.shell(spec.postgresql.dataDirectory) }
    var parameterLines: [String] { node.parameters.map { "\($0.name) = \(Quoting.configuration($0.value))" } }

    func step(_ action: String, _ change: Step.Change, cause: Step.Cause, summary: String, reason: String)
        -> Step
    {
        Step("postgresql", action, spec.name, change, cause: cause, summary: summary, reason: reason, operations: [])
    }

    func script(_ title: String, _ text: String, span: Operation.Span = .command) -> Operation {
        Operation("\(title) on \(spec.name)", on: spec.name, as: owner, .script(SecretText(text)), span: span)
    }

    func service(_ verb: NodeLayout.Verb) -> Operation {
        Operation(
            "\(verb.rawValue) PostgreSQL on \(spec.name)", on: spec.name, as: layout.serviceAccount,
            .script(SecretText(layout.service(verb))), span: .command)
    }

    func sql(_ title: String, database: String = "postgres", _ text: SecretText) -> Operation {
        Operation(
            "\(title) on \(spec.name)", on: spec.name, as: owner,
            .sql(database: database, text, server: layout.localServer))
    }

    private func edit(block lines: [String], file: String, observed: String?, atTop: Bool) -> Operation {
        Operation(
            "set managed block of \(file) on \(spec.name)", on: spec.name, as: owner,
            .edit(
                FileEdit(
                    path: file, .block(lines: lines, atTop: atTop), observed: observed, mode: "0640",
                    owner: "\(spec.postgresql.osUser):\(spec.postgresql.osUser)")))
    }

    /// A configuration that PostgreSQL would reject is taken back before it is loaded.
    /// - Parameter ask: shell text that prints what is wrong with it, and nothing when all is well.
    private func refuseInvalid(file: String, ask: String) -> Operation {
        let path = Quoting.shell(file)
        return Operation(
            "check \(file) on \(spec.name)", on: spec.name, as: owner,
            .script(
                SecretText(
                    """
                    e=$(\(ask)) || exit 1
                    [ -z "$e" ] && exit 0
                    cat \(path).pgregent-backup >\(path)
                    echo "PostgreSQL would reject \(file.filter { $0 != "\"" && $0 != "$" && $0 != "`" }): $e; the earlier file is back" >&2
                    exit 1
                    """)))
    }

    /// PostgreSQL's own reading of its files. The view pg_file_settings says the same of a value that is wrong and of one
    /// that waits for a restart, and a wrong one that waits would be an outage.
    private var wholeConfiguration: String {
        let program = Quoting.shell(spec.postgresql.binDirectory + "/postgres")
        let file = Quoting.shell("config_file=\(layout.configurationFile)")
        return "r=$(\(program) -D \(data) -c \(file) -C data_directory 2>&1) || printf '%s' \"$r\""
    }

    func check(_ sentence: String, _ question: Check.Question, patience: Duration = .zero) -> Check {
        Check(sentence, on: spec.name, as: owner, question, patience: patience)
    }

    func sqlCheck(_ sentence: String, database: String = "postgres", _ sql: String, patience: Duration = .zero) -> Check
    {
        check(sentence, .sql(database: database, sql, server: layout.localServer), patience: patience)
    }

    func accepts(patience: Duration) -> Check {
        sqlCheck("PostgreSQL on \(spec.name) accepts connections", "SELECT true", patience: patience)
    }
}
