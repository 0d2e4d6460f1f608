package import ClusterModel
package import HostAccess
import Repmgr

/// Reads a running cluster: one host first, which knows the others, then these side by side.
package struct Importer: Sendable {
    private let ssh: SSHSpec
    private let repmgrConfiguration: String?
    private let shell: @Sendable (HostSpec) -> any RemoteShell
    private static let deadline = Duration.seconds(30)

    package init(ssh: SSHSpec, repmgrConfiguration: String?, shell: @escaping @Sendable (HostSpec) -> any RemoteShell) {
        self.ssh = ssh
        self.repmgrConfiguration = repmgrConfiguration
        self.shell = shell
    }

    /// Why nothing can be imported.
    package struct Refusal: Error, CustomStringConvertible {
        package var description: String
    }

    /// - Parameter address: the host to begin with.
    package func read(from address: String) async throws(Refusal) -> ClusterTexts {
        let first: NodeTexts
        do throws(ShellFailure) {
            guard let node = try await node(at: address, configuration: repmgrConfiguration) else {
                let places = repmgrConfiguration ?? Questions.usualPlaces.joined(separator: ", ")
                throw ShellFailure(
                    .outcomeUnknown, host: address,
                    "\(address): no repmgr.conf that \(ssh.user) may read (\(places)): name it with --repmgr-conf")
            }
            first = node
        } catch {
            throw Refusal(description: error.message)
        }
        guard let server = first.server else {
            throw Refusal(
                description:
                    "\(address): the server of \(first.configurationPath) does not answer psql on its host: begin with a node that runs"
            )
        }
        guard !server.registry.isEmpty else {
            throw Refusal(
                description: "\(address): repmgr.nodes is empty or cannot be read: register the nodes with repmgr first"
            )
        }
        var texts = ClusterTexts()
        texts.ssh = ssh
        texts.registry = server.registry
        let own = first.value("node_id").flatMap { Int($0) }
        for await (id, seen) in visits(server.registry.filter { $0.id != own }) { texts.nodes[id] = seen }
        if let own { texts.nodes[own] = .known(first) }
        return texts
    }

    package func barman(at host: String, user: String) async -> Seen<BarmanTexts> {
        var login = ssh
        login.user = user
        let spec = HostSpec(name: host, address: host, ssh: login)
        do throws(ShellFailure) {
            let script = ShellScript(.privileged(orElse: user), Questions.barman)
            let results = try await shell(spec).run([script], deadline: Self.deadline)
            return .known(BarmanTexts(results.reduce(into: HostProbe.Answers()) { $0.add($1.output) }))
        } catch {
            return .unknown(reason: error.message)
        }
    }

    private func visits(_ records: [Record]) -> AsyncStream<(Int, Seen<NodeTexts>)> {
        AsyncStream { stream in
            Task {
                await withTaskGroup(of: Void.self) { group in
                    for record in records {
                        group.addTask { stream.yield((record.id, await visit(record))) }
                    }
                }
                stream.finish()
            }
        }
    }

    private func visit(_ record: Record) async -> Seen<NodeTexts> {
        guard let host = Conninfo.parse(record.conninfo)?["host"], !host.isEmpty else {
            return .unknown(reason: "its conninfo names no host")
        }
        let path = record.configurationFile.isEmpty ? repmgrConfiguration : record.configurationFile
        do throws(ShellFailure) {
            guard let node = try await node(at: host, configuration: path) else {
                return .unknown(reason: "\(host): \(path ?? "repmgr.conf") cannot be read by \(ssh.user)")
            }
            return .known(node)
        } catch {
            return .unknown(reason: error.message)
        }
    }

    /// Nil where no repmgr.conf can be read.
    private func node(at address: String, configuration: String?) async throws(ShellFailure) -> NodeTexts? {
        let spec = HostSpec(name: address, address: address, ssh: ssh)
        let door = shell(spec)
        func answers(_ script: String) async throws(ShellFailure) -> HostProbe.Answers {
            let script = ShellScript(.privileged(orElse: ssh.user), script)
            let results = try await door.run([script], deadline: Self.deadline)
            return results.reduce(into: HostProbe.Answers()) { $0.add($1.output) }
        }
        guard var node = NodeTexts(configuration: try await answers(Questions.configuration(configuration))) else {
            return nil
        }
        node.add(host: try await answers(Questions.host(dataDirectory: node.value("data_directory") ?? "")))
        let conninfo = node.value("conninfo").flatMap { Conninfo.parse($0) } ?? [:]
        let server = LocalServer(
            port: node.port ?? conninfo["port"].flatMap { Int($0) } ?? 5432,
            binDirectory: node.value("pg_bindir") ?? node.binDirectory ?? "/usr/bin")
        let question = Questions.server(database: conninfo["dbname"] ?? "repmgr", server: server)
        let results = try await door.run(
            [ShellScript(.named(node.owner ?? "postgres"), question)], deadline: Self.deadline)
        node.server = results.first.flatMap { ServerTexts(printed: $0.output) }
        return node
    }
}
