import ArgumentParser
import ClusterConfig
import ClusterModel
import FoundationEssentials
import RealDoors

/// Which cluster.yaml, and reading it.
struct FileOption: ParsableArguments {
    @Option(
        name: [.customShort("f"), .long],
        help:
            "The file that declares the cluster. Default: $PGREGENT_FILE, ./cluster.yaml, /etc/pgregent/cluster.yaml, the first that exists."
    )
    var file: String?

    /// The declared cluster; a file with problems prints them all, and ends the run.
    func spec() throws -> ClusterSpec {
        let (path, bytes) = try read()
        let decoded = ClusterConfig.decode(bytes, file: path)
        for problem in decoded.problems { Terminal.error(problem.description) }
        guard let spec = decoded.spec else { throw ExitStatus.error }
        return spec
    }

    func read() throws -> (path: String, bytes: [UInt8]) {
        let path = try path()
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("\(path) cannot be read: name the file with -f, or see that it exists and may be read")
        }
        return (path, Array(data))
    }

    private func path() throws -> String {
        if let file { return file }
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["PGREGENT_FILE"], !named.isEmpty { return named }
        let places = ["cluster.yaml", "/etc/pgregent/cluster.yaml"]
        if let found = places.first(where: { FileManager.default.fileExists(atPath: $0) }) { return found }
        throw Failure(
            "no file declares the cluster: name one with -f or $PGREGENT_FILE, or put it at ./cluster.yaml or /etc/pgregent/cluster.yaml"
        )
    }
}

extension ClusterSpec {
    /// - Throws: `Failure` where no node has that name.
    func declared(_ name: String) throws -> NodeSpec {
        guard let node = node(name) else {
            throw Failure("node \(name) is not declared; declared are \(nodes.map(\.name).joined(separator: ", "))")
        }
        return node
    }
}
