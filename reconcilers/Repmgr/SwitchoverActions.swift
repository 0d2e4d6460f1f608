package import ClusterModel
import HostAccess

/// repmgrd on one node, kept from acting by itself while the primary changes: what `repmgr service pause` does, there.
///
/// A file beside the data directory says that it was pgregent who paused it: one that a person paused stays paused, and
/// what a killed run has paused is known to the next one. (repmgrd's own pause outlives its server's restart.)
package struct SwitchoverActions {
    private let node: NodeSpec
    private let database: String
    private var owner: Account { .named(node.postgresql.osUser) }
    private var mark: String { Quoting.shell(NodeLayout(node).daemonMark) }

    package init(_ node: NodeSpec, database: String) {
        self.node = node
        self.database = database
    }

    package func pause() -> Step {
        var step = step("pause", cause: .switchover, reason: "it would take the stopped primary for a lost one")
        let script = """
            r=$(\(ask("SELECT repmgr.repmgrd_is_paused()"))) || exit 1
            [ "$r" = t ] && exit 0
            : >\(mark) && \(ask("SELECT repmgr.repmgrd_pause(true)")) >/dev/null
            """
        step.operations = [
            Operation("pause repmgrd on \(node.name)", on: node.name, as: owner, .script(SecretText(script)))
        ]
        step.effects = [
            Check(
                "repmgrd on \(node.name) is paused", on: node.name, as: owner,
                .sql(
                    database: database, "SELECT repmgr.repmgrd_is_paused()", server: NodeLayout(node).localServer))
        ]
        return step
    }

    package func unpause() -> Step {
        var step = step("unpause", cause: .repair, reason: "pgregent paused it for a change of primary, which is over")
        let script = """
            [ -e \(mark) ] || exit 0
            \(ask("SELECT repmgr.repmgrd_pause(false)")) >/dev/null && rm -f \(mark)
            """
        step.operations = [
            Operation("unpause repmgrd on \(node.name)", on: node.name, as: owner, .script(SecretText(script)))
        ]
        return step
    }

    private func ask(_ sql: String) -> String {
        HostSQL.value(sql, database: database, server: NodeLayout(node).localServer)
    }

    private func step(_ action: String, cause: Step.Cause, reason: String) -> Step {
        Step("repmgr", action, node.name, .change, cause: cause, summary: "repmgrd", reason: reason, operations: [])
    }
}
