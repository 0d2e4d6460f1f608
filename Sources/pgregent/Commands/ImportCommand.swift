import ArgumentParser
import ClusterConfig
import ClusterModel
import Importing
import RealDoors

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Print a cluster.yaml for a running repmgr cluster; change nothing.")

    @Option(help: "A node of the cluster; it names the others.") var host: String
    @Option(help: "The account to log in as.") var sshUser = "postgres"
    @Option(help: "The port of sshd.") var sshPort: Int?
    @Option(help: "The key to log in with.") var identityFile: String?
    @Option(help: "The host keys that are trusted.") var knownHostsFile: String?
    @Flag(help: "Run what needs another account through `sudo -n`.") var sudo = false
    @Option(help: "repmgr.conf on HOST; without it the usual places are tried.") var repmgrConf: String?
    @Option(help: "The host that Barman runs on.") var barman: String?
    @Option(help: "Barman's name of the server; without it the one that leads to the cluster.") var barmanServer:
        String?
    @Option(help: "The account to log in as on Barman's host.") var barmanSshUser = "barman"
    @Option(help: "The name of the cluster.") var cluster: String?

    func run() async throws {
        var ssh = SSHSpec()
        ssh.user = sshUser
        ssh.port = sshPort
        ssh.identityFile = identityFile
        ssh.knownHostsFile = knownHostsFile
        ssh.sudo = sudo
        let doors = try RealDoors(ClusterSpec(cluster: cluster ?? host, nodes: []))
        let importer = Importer(ssh: ssh, repmgrConfiguration: repmgrConf) { doors.shell($0) }
        let draft: Draft
        do throws(Importer.Refusal) {
            var texts = try await importer.read(from: host)
            texts.name = cluster
            if let barman {
                texts.barman = ClusterTexts.Barman(
                    host: barman, sshUser: barmanSshUser, server: barmanServer,
                    texts: await importer.barman(at: barman, user: barmanSshUser))
            }
            draft = Draft(texts)
        } catch {
            await doors.close()
            throw Failure(error.description)
        }
        await doors.close()
        Terminal.print(draft.yaml, terminator: "")
        for gap in draft.gaps { Terminal.error("pgregent: \(gap)") }
        // What is written must be readable; if it is not, that is said here and not by the next command.
        for problem in ClusterConfig.decode(Array(draft.yaml.utf8), file: "import").problems {
            Terminal.error(problem.description)
        }
        throw draft.gaps.isEmpty ? ExitStatus.done : ExitStatus.incomplete
    }
}
