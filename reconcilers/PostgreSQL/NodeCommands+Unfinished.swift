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
    func endSwitchover(mark: SwitchoverMark?, note: Switchover?, isStandby: Bool) -> [Operation] {
        let remove = "take_away\nrm -f \"$moved\""
        var operations: [Operation] = []
        if let mark {
            let program = takeAway(layout.switchoverMark, mark.text).calling(remove)
            operations.append(script("remove the mark of the switchover", program.description))
        }
        if let note {
            let away = takeAway(layout.switchoverNote, note.note)
            let streams = """
                SELECT current_setting('primary_conninfo') <> '' \
                AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
                """
            let ask = HostSQL.value(streams, database: "postgres", server: layout.localServer)
            let program =
                isStandby
                ? ShellProgram(Scripts.removeNote, ["node": node.name], functions: ["streams": ask], after: [away])
                : away.calling(remove)
            operations.append(script("remove the note of the switchover", program.description))
        }
        return operations
    }

    /// Defines `take_away`.
    private func takeAway(_ file: String, _ seen: String) -> ShellProgram {
        ShellProgram(Scripts.takeAway, ["note": file, "observed": String(seen.dropLast())])
    }
}
