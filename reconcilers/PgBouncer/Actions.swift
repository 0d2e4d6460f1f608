package import ClusterModel
import HostAccess

/// How each of PgBouncer's actions is done: an action in, the operations that `plan` prints and that are run out.
package struct Actions {
    private let cluster: ClusterSpec

    package init(_ cluster: ClusterSpec) {
        self.cluster = cluster
    }

    /// - Returns: nothing where the file declares no poolers: a plan rests on the file.
    package func operations(_ action: PgBouncerAction, on host: HostName) -> [Operation] {
        guard let pooler = commands(host) else { return [] }
        return switch action {
        case .rewrite(let rewrite): pooler.rewrite(rewrite)
        case .auth(_, let users, let node, let isRunning):
            [pooler.setUsers(users, from: node)] + (isRunning ? [pooler.reload] : [])
        case .start: [pooler.start]
        case .restart: [pooler.stop, pooler.start]
        case .reload: [pooler.reload]
        case .resume(let pools): pooler.resume(pools)
        case .resumeAll: [pooler.resumeAll]
        case .endStrays(let pools, _): [pooler.endClients(of: pools)]
        case .stage(let file): pooler.stage(file)
        case .pause(let pools, let mode): [pooler.pause(pools, mode)]
        case .place(let file): [pooler.place(file)]
        case .route(let pools, _): [pooler.route(pools)]
        case .release(let pools): [pooler.release(pools)]
        }
    }

    /// - Returns: nil where the file declares no poolers.
    package func check(_ condition: PgBouncerCondition, sentence: String) -> Check? {
        switch condition {
        case .consoleAnswers(let host): commands(host)?.answers(sentence: sentence)
        case .leads(let route, let host): commands(host)?.leads(route, sentence: sentence)
        }
    }

    private func commands(_ host: HostName) -> PoolerCommands? {
        cluster.pgbouncer.map { PoolerCommands(host: host, spec: $0, cluster: cluster) }
    }
}
