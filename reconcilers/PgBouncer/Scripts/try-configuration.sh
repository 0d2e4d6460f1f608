# shellcheck shell=sh disable=SC2154  # the arguments are set before this text
#
# Starts a second PgBouncer on the candidate, away from the first one's sockets and files: only a configuration that it accepts
# is put in place. (PgBouncer 1.18 has no option that checks a file.) What it says is taken from its standard error: the log
# file is named last, after whatever may be wrong. The candidate is `f`, which whoever checks a file sets (`FileWrite.check`).
#
# port: the one that PgBouncer listens on

t=$(mktemp -d) || exit 1
{
  cat "$f"
  printf '\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = %s\npidfile = %s/pid\nlogfile = %s/log\n' "$t" "$t" "$t"
} >"$t/ini"
pgbouncer "$t/ini" >"$t/said" 2>&1 & p=$!
n=0; ok=1
while [ $n -lt 200 ]; do
  [ -S "$t/.s.PGSQL.$port" ] && { ok=0; break; }
  kill -0 "$p" 2>/dev/null || break
  n=$((n+1)); sleep 0.02
done
kill "$p" 2>/dev/null; wait "$p" 2>/dev/null
if grep -qE ' (ERROR|FATAL) ' "$t/said"; then ok=1; fi
[ $ok = 0 ] || {
  echo "PgBouncer would reject the file:" >&2
  grep -E ' (ERROR|FATAL) ' "$t/said" >&2 || echo "it did not start" >&2
}
rm -rf "$t"; exit $ok
