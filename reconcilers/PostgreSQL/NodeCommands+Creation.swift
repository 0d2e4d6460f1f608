import ClusterModel
import HostAccess

/// Making a new cluster, with its configuration.
extension NodeCommands {
    func create(_ blocks: ConfigurationBlocks) -> [Operation] {
        [script("create the database cluster", createCommand, span: .clone)] + self.blocks(blocks)
            + [service(.start), script("remove the mark of the creation", "rm -f \(mark)")]
    }

    /// Only a directory that is missing, empty or marked as pgregent's own unfinished one is used; the mark stands
    /// from before the first file until the server runs, so that a killed run leaves nothing that looks whole.
    private var prepare: String { "\(WorkMark.shell)\(prepareDirectory)" }

    /// The same where `WorkMark.shell` stands already.
    var prepareDirectory: String {
        """
        d=\(data); m=\(mark); c=\(Quoting.shell(node.postgresql.configDirectory))
        if [ -e "$m" ]; then
          at_work "$m" && { echo "an earlier run is still at work here (process $p)" >&2; exit 1; }
          p=; [ -r "$d/postmaster.pid" ] && read -r p <"$d/postmaster.pid"
          [ -n "$p" ] && [ -d "/proc/$p" ] && { echo "a server runs in $d (process $p)" >&2; exit 1; }
          [ -e "$d" ] && { find "$d" -mindepth 1 -delete || exit 1; }
          grep -q 'and configuration' "$m" && rm -rf "$c"
        elif [ -e "$d" ] && [ -n "$(ls -A "$d")" ]; then
          echo "$d is not empty, and no mark says that it is an unfinished creation" >&2; exit 1
        fi
        w='unfinished creation'; [ -e "$c/postgresql.conf" ] || w="$w and configuration"
        mkdir -p "$(dirname "$d")" && mark_work "$m" "$w" || exit 1
        """
    }

    static let authentication = "--auth-local=peer --auth-host=scram-sha-256"

    private var createCommand: String {
        let postgresql = node.postgresql
        let initdb = "--data-checksums --encoding=UTF8 --locale=C.UTF-8 \(Self.authentication)"
        if case .pgCtlCluster = postgresql.service {
            return prepare + "\n" + debianCluster + " -- \(initdb)"
        }
        let program = Quoting.shell(postgresql.binDirectory + "/initdb")
        var lines = [prepare + "\n\(program) -D \(data) \(initdb)"]
        if layout.isSplit {
            lines.append(
                """
                mkdir -p \(Quoting.shell(postgresql.configDirectory)) && \
                mv \(data)/postgresql.conf \(data)/pg_hba.conf \(data)/pg_ident.conf \(Quoting.shell(postgresql.configDirectory))/
                """)
        }
        lines.append(placeSettings)
        return lines.joined(separator: " && \\\n")
    }

    /// Makes Debian's files for a data directory, and the directory where there is none.
    var debianCluster: String {
        """
        pg_createcluster --port=\(node.postgresql.port) --datadir=\(data) -o \(Quoting.shell("listen_addresses=*")) \
        \(node.postgresql.version) \(Quoting.shell(layout.debianName))
        """
    }

    /// Says in a fresh postgresql.conf where the server is and where its things are.
    var placeSettings: String {
        let settings = [
            "listen_addresses = '*'", "port = \(node.postgresql.port)",
            "data_directory = \(Quoting.configuration(node.postgresql.dataDirectory))",
            "hba_file = \(Quoting.configuration(layout.hbaFile))",
        ]
        let words = settings.map { Quoting.shell($0) }.joined(separator: " ")
        return "printf '%s\\n' \(words) >>\(Quoting.shell(layout.configurationFile))"
    }
}
