import HostAccess

/// One psql on PgBouncer's console that stays open while clients are held: its start, ten milliseconds on each host,
/// would be clients' time, twice. It reads from one named pipe and answers into another, in a directory of its account
/// alone, and ends by itself soon after it could be needed, whatever has become of pgregent.
///
/// What is given to it starts no program and no further shell: on many hosts at once each would be clients' time as well. So
/// the deadline of a command is kept by a watcher beside it, which was started before and looks every second; it also ends
/// the console after its last command, when clients run again.
///
/// Nothing rests on it: where it is not there, each command starts a psql of its own.
struct HeldConsole {
    /// The console's user.
    let user: String
    /// Seconds that the commands with a deadline may take.
    let deadline: Int64

    private static let directory = "h=$HOME/.pgregent-console"

    /// Shell text that starts it and waits for its first word.
    /// - Parameter seconds: how long it may live.
    func open(_ locate: String, seconds: Int64) -> String {
        let psql =
            #""$pb_psql" -X -q -h "$pb_dir" -p "$pb_port" -U "$pb_user" -d pgbouncer <>"$h/in" 1<>"$h/out" 2>&1"#
        let live = #"""
            echo $$ >"$h/pid"
            mine() { read -r p <"$h/pid" && [ "$p" = $$ ]; } 2>/dev/null
            {
              c=0; t=0
              while sleep 1 && mine && [ ! -e "$h/last" ] && [ $t -le \#(seconds) ]; do
                t=$((t+1))
                [ -e "$h/asked" ] && [ ! -e "$h/answered" ] || continue
                [ $c -lt \#(deadline) ] || { true >"$h/late"; break; }
                c=$((c+1))
              done
              [ ! -e "$h/last" ] || ! mine || rm -rf "$h"
              kill -- -$$
            } &
            timeout --foreground \#(seconds) \#(psql)
            mine && rm -rf "$h"
            trap '' TERM; kill -- -$$
            """#
        return """
            \(locate)
            \(Self.directory); pb_user=\(Quoting.shell(user)); PGCONNECT_TIMEOUT=3; PGAPPNAME=pgregent
            rm -rf "$h"; mkdir -m 700 "$h" && mkfifo "$h/in" "$h/out" || exit 0
            export h pb_psql pb_dir pb_port pb_user PGCONNECT_TIMEOUT PGAPPNAME
            setsid sh -c \(Quoting.shell(live)) >/dev/null 2>&1 </dev/null &
            exec 3<>"$h/in" 4<>"$h/out"
            printf '\\\\echo pgregent ready\\n' >&3
            r=$(timeout 3 head -n 1 <&4)
            [ "$r" = 'pgregent ready' ] || rm -rf "$h"
            """
    }

    /// Shell text that gives these commands one after the other, the last that there are, and ends with 0 in `s` unless one
    /// of them is refused (its words are then on standard error).
    /// - Parameter orElse: does the same without it.
    func ask(last commands: [String], orElse plain: String) -> String {
        given(
            """
            \(talk(commands)); s=$?
            if \(Self.isStillThere); then true >"$h/last"; fi
            """, orElse: plain)
    }

    /// The same with the deadline, which is kept to a second more, and once in a console's life: `s` is 124 when it has passed,
    /// and then the console is given up.
    func askInTime(_ commands: [String], orElse plain: String) -> String {
        given(
            """
            \(talk(commands)); s=$?
            if \(Self.isStillThere); then
              true >"$h/answered"; [ ! -e "$h/late" ] || { s=124; rm -rf "$h"; }
            fi
            """, onlyIf: #" && [ ! -e "$h/asked" ] && { true >"$h/asked"; } 2>/dev/null"#, orElse: plain)
    }

    /// Of a run that was killed the one who asks may still be there, when the next run has made a console of its own.
    private static let isStillThere = #"{ read -r n <"$h/pid"; } 2>/dev/null && [ "$n" = "$p" ]"#

    private func given(_ talk: String, onlyIf more: String = "", orElse plain: String) -> String {
        """
        \(Self.directory); p=
        if [ -r "$h/pid" ] && [ ! -e "$h/last" ] && read -r p <"$h/pid" && [ -d "/proc/$p" ]\(more); then
        \(talk)
        else
        \(plain)
        s=$?
        fi
        """
    }

    /// Each command is followed by a word of ours that says whether it was refused. The pipe of the answers is opened
    /// before anything is asked: a psql that has ended takes it away.
    private func talk(_ commands: [String]) -> String {
        #"""
        set -- \#(commands.map { Quoting.shell($0) }.joined(separator: " ")); n=$#; f=
        {
          printf '%s;\n\\echo pgregent :ERROR\n' "$@" >"$h/in"
          while [ $n -gt 0 ] && read -r l; do
            case $l in 'pgregent false') n=$((n-1));; 'pgregent true') n=$((n-1)); f=1;; *) printf '%s\n' "$l" >&2;; esac
          done
        } <"$h/out"
        [ $n = 0 ] && [ -z "$f" ]
        """#
    }
}
