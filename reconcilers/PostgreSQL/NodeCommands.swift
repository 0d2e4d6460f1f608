import ClusterModel
import HostAccess

/// What is run for PostgreSQL's actions on one node; the extensions are in files by occasion.
struct NodeCommands {
    let node: NodeSpec
    /// The database that pgregent's own sessions are connected to.
    let database: String

    var layout: NodeLayout { NodeLayout(node) }
    var owner: Account { .named(node.postgresql.osUser) }
    var data: String { Quoting.shell(node.postgresql.dataDirectory) }
    /// A program that changes the record.
    func record(_ title: String, _ line: String) -> Operation {
        script(title, layout.record.functions.calling(line).description)
    }
    /// Puts into the record what an earlier version has written beside the data directory.
    var carryOverRecord: Operation {
        let program = ShellProgram(
            Scripts.carryOver, ["old": node.postgresql.dataDirectory + ".pgregent-"], after: [layout.record.functions])
        return script("carry the records of an earlier version over", program.description)
    }
    /// A line of such a program: nobody is at unfinished work any more.
    var endWork: String { RecordFile.removing(UnfinishedWork.name) }

    func script(_ title: String, _ text: String, timeout: Operation.Timeout = .command) -> Operation {
        Operation("\(title) on \(node.name)", on: node.name, as: owner, .script(SecretText(text)), timeout: timeout)
    }

    func service(_ verb: NodeLayout.Verb) -> Operation {
        Operation(
            "\(verb.rawValue) PostgreSQL on \(node.name)", on: node.name, as: layout.serviceAccount,
            .script(SecretText(layout.service(verb))), timeout: .command)
    }

    func sql(_ title: String, database: String = "postgres", _ text: SecretText) -> Operation {
        Operation(
            "\(title) on \(node.name)", on: node.name, as: owner,
            .sql(database: database, text, server: layout.localServer))
    }

    /// Over the open session: for what clients wait for.
    func session(_ title: String, _ sql: String) -> Operation {
        Operation(title, on: node.name, as: owner, .session(database: database, sql))
    }
}

// MARK: configuration files

extension NodeCommands {
    static func lines(_ settings: [Setting]) -> [String] {
        settings.map { "\($0.name) = \(Quoting.configuration($0.value))" }
    }

    /// The managed blocks of files that are not read yet.
    func blocks(_ blocks: ConfigurationBlocks) -> [Operation] {
        let parameters = edit(
            block: Self.lines(blocks.parameters), file: layout.configurationFile, observed: nil, atTop: false)
        guard !blocks.hba.isEmpty else { return [parameters] }
        return [parameters, edit(block: blocks.hba, file: layout.hbaFile, observed: nil, atTop: true)]
    }

    /// Brings the managed block of postgresql.conf up to date and has it read.
    func set(_ block: ParameterBlock) -> [Operation] {
        [
            edit(
                block: Self.lines(block.settings), file: layout.configurationFile, observed: block.observed,
                atTop: false),
            refuseInvalid(file: layout.configurationFile, ask: wholeConfiguration),
            service(.reload),
        ]
    }

    /// Brings the managed block of pg_hba.conf up to date and has it read.
    func setHBA(_ lines: [String], observed: String?) -> [Operation] {
        let errors = "SELECT string_agg(error, '; ') FROM pg_hba_file_rules WHERE error IS NOT NULL"
        return [
            edit(block: lines, file: layout.hbaFile, observed: observed, atTop: true),
            refuseInvalid(
                file: layout.hbaFile,
                ask: HostSQL.value(errors, database: "postgres", server: layout.localServer)),
            service(.reload),
        ]
    }

    private func edit(block lines: [String], file: String, observed: String?, atTop: Bool) -> Operation {
        Operation(
            "set managed block of \(file) on \(node.name)", on: node.name, as: owner,
            .edit(
                FileEdit(
                    path: file, .block(lines: lines, atTop: atTop), observed: observed, mode: "0640",
                    owner: "\(node.postgresql.osUser):\(node.postgresql.osUser)")))
    }

    /// A configuration that PostgreSQL would reject is taken back before it is loaded.
    /// - Parameter ask: shell text that prints what is wrong with it, and nothing when all is well.
    private func refuseInvalid(file: String, ask: String) -> Operation {
        script(
            "check \(file)",
            ShellProgram(Scripts.refuseInvalid, ["file": file], functions: ["complaints": ask]).description)
    }

    /// PostgreSQL's own reading of its files. The view pg_file_settings says the same of a value that is wrong and of one
    /// that waits for a restart, and a wrong one that waits would be an outage.
    private var wholeConfiguration: String {
        let program = Quoting.shell(node.postgresql.binDirectory + "/postgres")
        let file = Quoting.shell("config_file=\(layout.configurationFile)")
        return "r=$(\(program) -D \(data) -c \(file) -C data_directory 2>&1) || printf '%s' \"$r\""
    }

    func setPassfile(_ entries: [FileEdit.KeyedLine]) -> Operation {
        Operation(
            "set passfile entries on \(node.name)", on: node.name, as: owner,
            .edit(FileEdit(path: "~/.pgpass", .keyedLines(entries), mode: "0600")))
    }
}

// MARK: slots

extension NodeCommands {
    func createSlot(_ name: String) -> Operation {
        sql("create slot \(name)", "SELECT pg_create_physical_replication_slot(\(Quoting.literal(name)), true);")
    }

    func dropSlot(_ name: String) -> Operation {
        let names = "WHERE slot_name = \(Quoting.literal(name));"
        return sql(
            "drop slot \(name)",
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots \(names)")
    }

    func dropStaleSlots(_ names: [String]) -> Operation {
        let list = names.map { Quoting.literal($0) }.joined(separator: ", ")
        return sql(
            "drop stale slots",
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name IN (\(list)) AND NOT active;"
        )
    }
}
