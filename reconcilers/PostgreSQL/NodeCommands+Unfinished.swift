import ClusterModel
import HostAccess

/// What is done on a node of a change of primary, or of a held restart, that a run did not bring to its end.
extension NodeCommands {
    /// The old primary of a switchover that was not finished, and whose target was not promoted; or a primary whose
    /// restart was not finished.
    var startAgain: Operation {
        Operation(
            "start PostgreSQL on \(node.name)", on: node.name, as: layout.serviceAccount,
            .script(SecretText(FastService.managed(node, .start) ?? FastService.start(node))))
    }

    /// The switchover that the mark or the note tells of is over: this node runs, as primary again or as standby.
    ///
    /// Another pgregent may have begun one since it was observed. A mark or a note of that one stays: only what was observed is
    /// removed. And a standby that is detached for it keeps its note, which is out of the way while the standby is asked whether
    /// it streams; since a standby is detached only while its note lies there, one of the two notices the other.
    func endSwitchover(mark: SwitchoverMark?, note: Switchover?, isStandby: Bool) -> [Operation] {
        var operations: [Operation] = []
        if let mark {
            let away = takeAway(layout.switchoverMark, mark.text)
            operations.append(script("remove the mark of the switchover", away + #"rm -f "$t""#))
        }
        if let note {
            let streams = """
                SELECT current_setting('primary_conninfo') <> '' \
                AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
                """
            let stays = """
                s=$(\(HostSQL.value(streams, database: "postgres", server: layout.localServer)))
                [ "$s" = t ] || {
                  mv "$t" "$f"; echo "\(node.name) does not stream: the note of the switchover stays" >&2; exit 1
                }

                """
            let away = takeAway(layout.switchoverNote, note.note) + (isStandby ? stays : "")
            operations.append(script("remove the note of the switchover", away + #"rm -f "$t""#))
        }
        return operations
    }

    /// The file `$f` goes by another name, `$t`, if it says what was seen. One that is gone ends the script, and so does one
    /// that says something else.
    private func takeAway(_ file: String, _ seen: String) -> String {
        """
        f=\(Quoting.shell(file)); t="$f.ending"
        [ -e "$f" ] || exit 0
        [ "$(cat "$f")" = \(Quoting.shell(seen.dropLast())) ] || { echo "$f tells of another switchover by now" >&2; exit 1; }
        mv "$f" "$t" || exit 1

        """
    }
}
