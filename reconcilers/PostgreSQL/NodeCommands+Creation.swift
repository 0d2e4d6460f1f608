import ClusterModel
import HostAccess

/// Making a new cluster, with its configuration.
extension NodeCommands {
    func create(_ blocks: ConfigurationBlocks) -> [Operation] {
        [script("create the database cluster", createCommand, timeout: .clone)] + self.blocks(blocks)
            + [service(.start), record("record that the creation is finished", endWork)]
    }

    static let authentication = ["--auth-local=peer", "--auth-host=scram-sha-256"]

    private var createCommand: String {
        let options = ["--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8"] + Self.authentication
        let program =
            if case .pgCtlCluster = node.postgresql.service {
                ShellProgram(Scripts.createDebian, words: options, after: [prepareDirectory, debianCluster])
            } else {
                ShellProgram(
                    Scripts.create, ["data": node.postgresql.dataDirectory, "bin": node.postgresql.binDirectory],
                    words: options, after: [prepareDirectory, placeFiles])
            }
        return program.description
    }

    /// Defines `prepare_directory`.
    var prepareDirectory: ShellProgram {
        ShellProgram(
            Scripts.prepareDirectory,
            [
                "data": node.postgresql.dataDirectory, "configuration": node.postgresql.configDirectory,
            ], after: [layout.record.work])
    }

    /// Defines `debian_cluster`.
    var debianCluster: ShellProgram {
        ShellProgram(
            Scripts.debianCluster,
            [
                "data": node.postgresql.dataDirectory, "port": String(node.postgresql.port),
                "version": String(node.postgresql.version), "cluster": layout.debianName,
            ])
    }

    /// Defines `place_files`.
    var placeFiles: ShellProgram {
        let settings = [
            "listen_addresses = '*'", "port = \(node.postgresql.port)",
            "data_directory = \(Quoting.configuration(node.postgresql.dataDirectory))",
            "hba_file = \(Quoting.configuration(layout.hbaFile))",
        ]
        return ShellProgram(
            Scripts.placeFiles,
            [
                "data": node.postgresql.dataDirectory, "configuration": node.postgresql.configDirectory,
                "settings": settings.joined(separator: "\n"),
            ])
    }
}
