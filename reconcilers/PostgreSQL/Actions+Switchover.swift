import ClusterModel
import HostAccess

/// What is done on a node of a change of primary, or of a held restart, that a run did not bring to its end.
extension Actions {
    /// The old primary of a switchover that was not finished, and whose target was not promoted; or a primary whose
    /// restart was not finished. Whoever goes on with that switchover in this very moment must not be overtaken: nobody may
    /// take writes, the mark must say what it said, and a target that had not got all of the log must still lack some.
    func startAgain(_ host: HostFacts, others: [NodeSpec], database: String) -> Step {
        let mark = host.switchoverMark
        let (summary, reason) =
            switch mark?.phase {
            case .restarting: ("finish a restart", "it was stopped for a restart, which did not end")
            case .guarded:
                ("after its guard", "its guard stopped it when it saw nobody, and no other node was promoted")
            default:
                (
                    "undo an unfinished switchover",
                    "it was stopped for a switchover, and no other node was promoted"
                )
            }
        var step = step("start-again", .change, cause: .repair, summary: summary, reason: reason)
        step.clientsWait = true
        step.guards = others.map { other in
            var sql = "SELECT pg_is_in_recovery()"
            if let mark, mark.phase == .promoting, other.name == mark.to, let end = host.controlData?.checkpoint {
                sql += " AND coalesce(pg_last_wal_replay_lsn() <= \(Quoting.literal(end.description))::pg_lsn, true)"
            }
            return Check(
                "\(other.name) was not promoted", on: other.name, as: .named(other.postgresql.osUser),
                .session(database: database, sql))
        }
        if let mark {
            let same = "[ \"$(cat \(Quoting.shell(layout.switchoverMark)))\" = \(Quoting.shell(mark.text.dropLast())) ]"
            step.guards.append(Check("nobody goes on with it", on: spec.name, as: owner, .script(same)))
        }
        step.operations = [
            Operation(
                "start PostgreSQL on \(spec.name)", on: spec.name, as: layout.serviceAccount,
                .script(SecretText(FastService.managed(spec, .start) ?? FastService.start(spec))))
        ]
        step.effects = [accepts(patience: .seconds(60))]
        return step
    }

    /// The switchover that the mark or the note tells of is over: this node runs, as primary again or as standby.
    ///
    /// Another pgregent may have begun one since the look. A mark or a note of that one stays: only what was seen is removed.
    /// And a standby that is detached for it keeps its note, which is out of the way while the standby is asked whether it
    /// streams; since a standby is detached only while its note lies there, one of the two notices the other.
    func endSwitchover(mark: SwitchoverMark?, note: Switchover?, isStandby: Bool) -> Step {
        var step = step(
            "end-switchover", .change, cause: .repair, summary: "remove the mark of a switchover",
            reason: "the switchover is over")
        if let mark {
            let away = takeAway(layout.switchoverMark, mark.text)
            step.operations.append(script("remove the mark of the switchover", away + #"rm -f "$t""#))
        }
        if let note {
            let streams = """
                SELECT current_setting('primary_conninfo') <> '' \
                AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')
                """
            let stays = """
                s=$(\(HostSQL.value(streams, database: "postgres", server: layout.localServer)))
                [ "$s" = t ] || {
                  mv "$t" "$f"; echo "\(spec.name) does not stream: the note of the switchover stays" >&2; exit 1
                }

                """
            let away = takeAway(layout.switchoverNote, note.note) + (isStandby ? stays : "")
            step.operations.append(script("remove the note of the switchover", away + #"rm -f "$t""#))
        }
        return step
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
