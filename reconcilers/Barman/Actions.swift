package import ClusterModel
import HostAccess

/// How each of Barman's actions is done: an action in, the operations that `plan` prints and that are run out.
package struct Actions {
    private let cluster: ClusterSpec

    package init(_ cluster: ClusterSpec) {
        self.cluster = cluster
    }

    /// - Returns: nothing where the file declares no backup host, or not the node: a plan rests on the file.
    package func operations(_ action: BarmanAction, on target: HostName) -> [Operation] {
        guard let barman = cluster.barman.map({ BackupCommands($0) }) else { return [] }
        switch action {
        case .configure(let file):
            return [barman.write(file, mode: "0644", as: .privileged(orElse: "barman"))]
        case .setPassfile(let path, let entries): return [barman.setPassfile(path, entries)]
        case .setAlias(let change): return barman.setAlias(change)
        case .createSlot(let slot, _):
            return [barman.script("create slot \(slot)", "barman receive-wal --create-slot \(barman.server)")]
        case .dropSlot(let slot): return cluster.node(target).map { [barman.dropSlot(slot, on: $0)] } ?? []
        case .receive(let start): return cluster.node(start.source).map { barman.receive(start, from: $0) } ?? []
        case .archiveFirstSegment(let source):
            return cluster.node(source).map { barman.archiveFirstSegment(from: $0) } ?? []
        case .authorize(let access, _, _): return SSHAccessCommands(access).operations
        }
    }

    /// - Returns: nil where the file declares no backup host, or not the node.
    package func check(_ condition: BarmanCondition, sentence: String) -> Check? {
        guard let barman = cluster.barman.map({ BackupCommands($0) }) else { return nil }
        switch condition {
        case .hasSlot(let slot, let source):
            return cluster.node(source).map { barman.hasSlot(slot, on: $0, sentence: sentence) }
        case .receives(let source): return cluster.node(source).map { barman.receives(from: $0, sentence: sentence) }
        case .checkPasses(let source): return barman.checkPasses(source: source, sentence: sentence)
        case .mayLogIn(let access): return SSHAccessCommands(access).mayLogIn(sentence: sentence)
        }
    }

    /// How a backup comes to the node that is recovered from it.
    package func fetch(_ recovery: Recovery, to node: NodeSpec) -> [Operation] {
        cluster.barman.map { Fetch($0, to: node).operations(recovery) } ?? []
    }
}
