import ArgumentParser
import ClusterConfig
import ClusterModel

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "validate", abstract: "Check the file, offline.")

    @OptionGroup var file: FileOption
    @Flag(help: "Print the whole file with every default.") var showDefaults = false

    func run() throws {
        let spec = try file.spec()
        if showDefaults {
            Terminal.print(ClusterConfig.showDefaults(spec), terminator: "")
        } else {
            let services = [
                spec.pgbouncer.map { "PgBouncer on \($0.hosts.count) hosts" },
                spec.barman.map { "Barman on \($0.host)" },
            ]
            let parts = ["\(spec.nodes.count) nodes"] + services.compactMap { $0 }
            Terminal.print("The file is valid: cluster \(spec.cluster), \(parts.joined(separator: ", ")).")
        }
    }
}

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema (draft-07) of cluster.yaml.")

    @Flag(help: "Print every key as a page for people instead.") var markdown = false

    func run() throws {
        Terminal.print(markdown ? ClusterConfig.reference : ClusterConfig.schema, terminator: "")
    }
}
