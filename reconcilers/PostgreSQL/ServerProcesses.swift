import ClusterModel
import HostAccess

/// What works in a data directory, whoever started it: a backend outlives its killed postmaster until it next looks up.
enum ServerProcesses {
    /// Shell text that sets `d` to the directory and defines `alive`, which prints the processes that work in it.
    ///
    /// One that hangs in its storage cannot end before that moves; with SIGKILL pending (the ninth bit of proc(5)'s masks) it
    /// never runs an instruction of its own again, so it answers nobody, and does not count.
    static func find(_ node: NodeSpec) -> String {
        """
        d=$(cd \(Quoting.shell(node.postgresql.dataDirectory)) && pwd -P) || exit 1
        killed() {
          while read -r k v _; do case $k$v in SigPnd:*[13579bdf]??|ShdPnd:*[13579bdf]??) return 0;; esac
          done <"$1/status" 2>/dev/null; return 1
        }
        alive() {
          for p in /proc/[0-9]*; do
            [ "$(readlink "$p/cwd" 2>/dev/null)" = "$d" ] && ! killed "$p" && echo "${p#/proc/}"
          done
        }
        """
    }
}
