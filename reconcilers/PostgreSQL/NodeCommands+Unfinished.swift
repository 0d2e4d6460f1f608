import ClusterModel
import HostAccess

/// What is done on a node of a change of primary, or of a held restart, that a run did not bring to its end.
extension NodeCommands {
    /// The old primary of a switchover that was not finished, and whose target was not promoted; or a primary whose
    /// restart was not finished.
    var startAgain: Operation {
        Operation(
            "start PostgreSQL on \(node.name)", on: node.name, as: layout.serviceAccount,
            .script(
                SecretText(
                    FastService.managed(node, .start)
                        ?? FastService.start(node).calling("start_fast").description)))
    }

    /// The switchover that the mark or the note tells of is over: this node runs, as primary again or as standby.
    ///
    /// Another pgregent may have begun one since it was observed. A mark or a note of that one stays: only what was observed is
    /// removed. And a standby that is detached for it keeps its note, which is out of the way while the standby is asked whether
    /// it streams; since a standby is detached only while its note lies there, one of the two notices the other.
    func endSwitchover(mark: RecordedStop?, note: Switchover?, isStandby: Bool) -> [Operation] {
        var operations: [Operation] = []
        if let mark {
            let swap = "swap_section \(RecordedStop.name) \(Quoting.shell(mark.lines)) ''"
            operations.append(record("remove the mark of the switchover", swap))
        }
        if let note {
            operations.append(script("remove the note of the switchover", end(note, isStandby: isStandby).description))
        }
        return operations
    }

    private func end(_ switchover: Switchover, isStandby: Bool) -> ShellProgram {
        guard isStandby else {
            return layout.record.functions.calling(
                "swap_section \(Switchover.name) \(Quoting.shell(switchover.lines)) ''")
        }
        let streams = """
            SELECT current_setting('primary_conninfo') <> '' \
            AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
            """
        return ShellProgram(
            Scripts.endNote, ["node": node.name, "observed": switchover.lines],
            functions: ["streams": HostSQL.value(streams, database: "postgres", server: layout.localServer)],
            after: [layout.record.functions])
    }
}
