import ClusterModel
import HostAccess

/// What works in a data directory, whoever started it: a backend outlives its killed postmaster until it next looks up.
enum ServerProcesses {
    /// Defines `find_directory`, which sets `directory`; `alive`, which prints the processes that work there; and `is_down`, which
    /// fails, with a message, while anything does.
    static func find(_ node: NodeSpec) -> ShellProgram {
        ShellProgram(Scripts.serverProcesses, ["data": node.postgresql.dataDirectory])
    }
}
