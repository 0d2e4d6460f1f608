import ClusterModel
import HostAccess

/// Where Barman's receiver goes on after a change of primary.
///
/// pg_receivewal asks for the segment after its last one, on that one's timeline. Where that very place is where the new
/// primary left this timeline, the server has nothing to send and says so at once, and pg_receivewal (seen with 15.18:
/// `could not send replication command "START_REPLICATION"`, without a reason) takes that for an error, each time anew.
/// An empty partial segment of the next timeline tells it where to go on; nothing lies between. (`barman receive-wal
/// --reset` would do it from wherever the server is by then, and leave a gap.)
struct ReceiverPosition {
    private let spec: BarmanSpec

    init(_ spec: BarmanSpec) {
        self.spec = spec
    }

    private var directory: String {
        spec.settings.last { $0.name == "streaming_wals_directory" }?.value ?? "\(spec.home)/\(spec.server)/streaming"
    }

    /// Does nothing where there is nothing to be done, or where the source does not answer: that is what the receiver then
    /// says itself.
    var script: String {
        let streaming = Quoting.shell(
            "service=\(Quoting.conninfo(spec.alias)) user=\(Quoting.conninfo(spec.streamingUser)) dbname=replication replication=true"
        )
        let plain = Quoting.shell("service=\(Quoting.conninfo(spec.alias))")
        return #"""
            s=\#(Quoting.shell(directory)); PGCONNECT_TIMEOUT=5; export PGCONNECT_TIMEOUT
            set -- $(ls "$s" 2>/dev/null |
              sed -nE 's/^([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?$/\2 \3 \1 \4/p' | sort | tail -n 1)
            [ -n "$1" ] || exit 0
            ask() { psql -XAtq -d \#(streaming) -c "$1" 2>/dev/null; }
            now=$(ask IDENTIFY_SYSTEM | cut -d '|' -f 2); had=$((0x$3))
            [ -n "$now" ] && [ "$had" -lt "$now" ] || exit 0
            # Of each timeline that the source's comes from: its number, where it was left, and why.
            ends=$(ask "TIMELINE_HISTORY $now" | sed 's/^[0-9A-F]*\.history|//')
            left=$(printf '%s\n' "$ends" | awk -v t="$had" '$1 == t { print $2; exit }')
            next=$(printf '%s\n' "$ends" | awk -v t="$had" 'found && $1 > 0 { print $1; exit } $1 == t { found = 1 }')
            size=$(psql -XAtq -d \#(plain) -c "SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'" 2>/dev/null)
            [ -n "$left" ] && [ -n "$size" ] || exit 0
            each=$((0x100000000 / size)); n=$((0x$1 * each + 0x$2)); [ -n "$4" ] || n=$((n + 1))
            [ $((n * size)) -eq $(( (0x${left%/*} << 32) + 0x${left#*/} )) ] || exit 0
            f=$(printf '%08X%08X%08X.partial' "${next:-$now}" $((n / each)) $((n % each)))
            [ -e "$s/$f" ] || : >"$s/$f"
            """#
    }
}
