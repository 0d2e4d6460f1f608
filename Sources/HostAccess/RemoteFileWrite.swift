extension RemoteFile {
    /// The statuses with which a script of `write` fails; its errors then hold the sentence for people.
    package enum WriteStatus {
        /// The file no longer holds what was expected (EX_TEMPFAIL). Nothing was changed.
        package static let changed: Int32 = 75
        /// The account may write neither the directory nor the file, or keep a backup (EX_CANTCREAT). Nothing changed.
        package static let refused: Int32 = 73
        /// The disk is full, or writing failed otherwise (EX_IOERR). The file holds what it held.
        package static let failed: Int32 = 74
    }

    /// A script that replaces a file as a whole, or does nothing: a reader sees the old content or the new.
    ///
    /// A symbolic link stays, and its target is replaced. An existing file keeps its owner, group and mode. The old
    /// content stays as `PATH.pgregent-backup` beside the real file. Where the account may write the file but not its
    /// directory (or could not keep its owner), the file is overwritten in place instead, and the backup is kept as
    /// `~/.pgregent-backup/PATH` with `%` for each `/`. A file that already holds the content is left alone.
    ///
    /// - Parameters:
    ///   - expected: what the file held when the change was planned; nil: it was missing.
    ///   - mode: of a new file, octal.
    ///   - owner: of a new file, `account:group`; nil: the account that writes.
    package static func write(
        _ path: String, _ content: String, expecting expected: String?, mode: String = "644", owner: String? = nil
    ) -> String {
        let kept = path.split(separator: "/").joined(separator: "%")
        return """
            f=\(Quoting.shell(path)); new=\(Quoting.shell(content)); old=\(Quoting.shell(expected ?? ""))
            existed=\(expected == nil ? 0 : 1); mode=\(Quoting.shell(mode)); owner=\(Quoting.shell(owner ?? ""))
            kept=\(Quoting.shell(kept))
            \(steps)
            """
    }

    /// The same for every file: everything that differs is in the variables.
    private static let steps = #"""
        umask 077; t=; tmp=
        fail() { s=$1; shift; printf '%s\n' "$f: $*" >&2; exit "$s"; }
        trap '[ -z "$tmp" ] || rm -f -- "$tmp"' EXIT; trap 'exit 129' HUP; trap 'exit 143' TERM
        r=$(readlink -f -- "$f" && echo .) || fail 73 "its directory does not exist or may not be entered by $(id -un)"
        t=${r%??}; d=${t%/*}; d=${d:-/}
        holds() { printf %s "$1" | cmp -s -- - "$2"; }
        as_expected() {
          if [ "$existed" = 1 ]; then [ -f "$t" ] && holds "$old" "$t"; else [ ! -e "$t" ] && [ ! -L "$t" ]; fi
        }
        check() { as_expected || fail 75 "it changed since it was read; nothing was written"; }
        [ -d "$d" ] || fail 73 "the directory $d does not exist"
        [ -x "$d" ] || fail 73 "the account $(id -un) may not enter the directory $d"
        [ ! -e "$t" ] || [ -f "$t" ] || fail 73 "it is not a regular file"
        [ ! -f "$t" ] || [ -r "$t" ] || fail 73 "the account $(id -un) may not read it"
        if [ -f "$t" ] && holds "$new" "$t"; then exit 0; fi
        check
        # Sets tmp to a file with the owner and mode of the old one; fails when these cannot be kept.
        beside() {
          [ -w "$d" ] || return 1
          r=$(mktemp -- "$d/.pgregent-XXXXXXXXXX" && echo .) || return 1
          tmp=${r%??}
          if [ "$existed" = 1 ]; then
            # The blank copy already has what cp -p keeps, so the content is never there under another mode.
            cp -p -- "$t" "$tmp" 2>/dev/null || fail 74 "no room or no permission for a copy in $d; it is unchanged"
            [ "$(stat -c '%u:%g:%a' -- "$t")" = "$(stat -c '%u:%g:%a' -- "$tmp")" ] ||
              { rm -f -- "$tmp"; tmp=; return 1; }
          fi
        }
        in_place() {
          [ "$existed" = 1 ] && [ -w "$t" ] ||
            fail 73 "the account $(id -un) may not replace it in the directory $d, nor write the file itself"
          b=$HOME/.pgregent-backup
          mkdir -p -- "$b" && printf %s "$old" >"$b/$kept" && holds "$old" "$b/$kept" && sync -- "$b/$kept" ||
            fail 73 "no backup of it can be kept in $b, and the directory $d may not be written; it is unchanged"
          check
          if printf %s "$new" >"$t" && sync -- "$t" && holds "$new" "$t"; then exit 0; fi
          printf %s "$old" >"$t"
          holds "$old" "$t" || fail 74 "writing failed, and so did putting it back: its content is in $b/$kept"
          fail 74 "writing failed (is the disk full?); its old content was put back"
        }
        beside || in_place
        printf %s "$new" >"$tmp" && sync -- "$tmp" && holds "$new" "$tmp" ||
          fail 74 "writing beside it in $d failed (is the disk full?); it is unchanged"
        if [ "$existed" = 0 ]; then
          [ -z "$owner" ] || [ "$(stat -c %U:%G -- "$tmp")" = "$owner" ] || chown -- "$owner" "$tmp" ||
            fail 73 "the account $(id -un) may not give it to $owner; nothing was written"
          chmod -- "$mode" "$tmp" || fail 73 "it cannot be given the mode $mode; nothing was written"
        fi
        check
        if [ "$existed" = 1 ]; then
          b=$t.pgregent-backup
          # The old file itself becomes the backup: no room is needed. Where links are not allowed, a copy.
          ln -f -- "$t" "$b" 2>/dev/null || { cp -p -- "$t" "$tmp.old" && mv -f -- "$tmp.old" "$b"; } ||
            { rm -f -- "$tmp.old"; fail 74 "no backup of it can be kept as $b; it is unchanged"; }
        fi
        mv -f -- "$tmp" "$t" || fail 74 "it could not be replaced in $d; it is unchanged"
        tmp=; sync -- "$d"
        """#
}
