import ClusterModel
import Glibc
import HostAccess
import TestKit
import Testing

@testable import PgBouncer

/// The programs that try, reload, hold and lead PgBouncer.
@Suite struct PoolerProgramTests {
    private func actions(_ host: HostDirectory) -> Actions {
        var cluster = Declared.cluster(nodes: 3)
        cluster.postgresql.binDirectory = host.path + "/bin"
        cluster.switchover.pauseTimeout = .seconds(1)
        cluster.pgbouncer?.configFile = host.path + "/etc/pgbouncer.ini"
        cluster.pgbouncer?.authFile = host.path + "/etc/userlist.txt"
        cluster.pgbouncer?.adminUser = "console's user"
        return Actions(cluster)
    }

    private func first(_ host: HostDirectory, _ action: PgBouncerAction) -> Operation? {
        actions(host).operations(action, on: "vm1").first
    }

    private func file(_ host: HostDirectory) -> PoolerFile {
        PoolerFile(path: host.path + "/etc/pgbouncer.ini", observed: nil, content: "")
    }

    // MARK: files

    @Test(
        "only a configuration that PgBouncer accepts is put in place",
        arguments: [
            ("listen_addr = *\n", Int32(0), ""),
            ("wrong\n", 1, "PgBouncer would reject the file:\n2024 ERROR wrong\n"),
            ("silent\n", 1, "PgBouncer would reject the file:\nit did not start\n"),
        ])
    func trial(_ content: String, status: Int32, errors: String) throws {
        try HostDirectory.with { host throws in
            // Its socket is where the last line about it says, and it says of itself what it was given.
            try host.program(
                "pgbouncer",
                #"""
                cat "$1" >given
                case $(cat "$1") in *wrong*) echo '2024 ERROR wrong' >&2; exit 1;; *silent*) exit 0;; esac
                d=$(sed -n 's/^unix_socket_dir = //p' "$1" | tail -n 1)
                exec perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[0])); sleep 60' "$d/.s.PGSQL.6432"
                """#)
            try host.write("candidate", content)
            let rewrite = PoolerRewrite(
                file: file(host), changes: [], isRunning: true, isTried: true, wakes: false, pools: [])
            let check = try #require(first(host, .rewrite(rewrite))?.text)
            let ran = try host.run("f=$PWD/candidate\n( \(check)\n)")
            #expect(ran == HostDirectory.Ran(status: status, output: "", errors: errors))
            let given = try #require(host.text("given"))
            #expect(given.hasPrefix(content + "\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = /"))
            // It ended, and took its directory with it.
            let directory =
                given.split(separator: "\n").last.map { $0.dropFirst("logfile = ".count).dropLast(4) } ?? "/"
            #expect(access(String(directory), F_OK) != 0)
        }
    }

    @Test("the new file takes the old one's place")
    func placed() throws {
        try HostDirectory.with { host throws in
            try host.write("etc/pgbouncer.ini", "old")
            try host.write("etc/pgbouncer.ini.pgregent-next", "new")
            #expect(
                try host.run(first(host, .place(file(host)))) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.names("etc") == ["pgbouncer.ini"] && host.text("etc/pgbouncer.ini") == "new")
        }
    }

    // MARK: the console

    @Test("the console is where the running configuration says")
    func console() throws {
        try HostDirectory.with { host throws in
            try host.program("psql", #"printf '<%s>' "$@"; echo "$PGCONNECT_TIMEOUT $PGAPPNAME""#)
            let words = { (directory: String, port: String) in
                "<-X><-h><\(directory)><-p><\(port)><-U><console's user><-d><pgbouncer><-v><ON_ERROR_STOP=1><-q><-c><RELOAD>3 pgregent\n"
            }
            let reload = first(host, .reload(changes: [], pools: []))
            #expect(try host.run(reload).output == words("/tmp", "6432"))
            // No newline at its end, and blanks of all kinds.
            try host.write("etc/pgbouncer.ini", "[pgbouncer]\nunix_socket_dir\t=\t/run/a b\nlisten_port=6433")
            #expect(try host.run(reload).output == words("/run/a b", "6433"))
            try host.write("etc/pgbouncer.ini", "unix_socket_dir =\n")
            #expect(try host.run(reload).output == words("/tmp", "6432"))
        }
    }

    @Test("a pool leads to where its row says, to the end of the name")
    func leads() throws {
        try HostDirectory.with { host throws in
            try host.program("psql", #"[ -e down ] && exit 2; printf '%s\n' 'p*ol|vm1,vm2|5432' 'other|vm3|5432'"#)
            let ask = { (pool: String, hosts: String) in
                try host.run(actions(host).check(.leads(PoolRoute(pool, to: hosts), on: "vm1"), sentence: "")).status
            }
            #expect(try ask("p*ol", "vm1,vm2") == 0)
            #expect(try ask("p*ol", "vm1") == 1)
            #expect(try ask("other", "vm3") == 0)
            #expect(try ask("o*", "vm3") == 1)
            try host.write("down", "")
            #expect(try ask("other", "vm3") == 1)
        }
    }

    @Test("without a service PgBouncer is stopped by its process id file, and waited for")
    func stopped() throws {
        try HostDirectory.with { host throws in
            try host.write("etc/pgbouncer.ini", "pidfile = main/postmaster.pid\n")
            try host.startServer()
            #expect(
                try host.run(first(host, .restart(settings: [])))
                    == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(!host.lives())
        }
    }

    // MARK: holding clients

    /// psql, with `-c` or without: refuses what it calls bad, is slow where it should be, and remembers how it was started.
    private func psql(_ host: HostDirectory) throws {
        try host.program(
            "psql",
            #"""
            echo "$*" >>psqls
            case " $* " in *' -c '*)
              while [ $# -gt 0 ]; do
                [ "$1" = -c ] && { echo "$2" >>commands; case $2 in *slow*) exec sleep 5;; *bad*) echo 'ERROR:  bad' >&2; exit 3;; esac; }
                shift
              done
              exit 0;;
            esac
            e=false
            while read -r l; do case $l in
              '\echo pgregent ready') echo 'pgregent ready';;
              '\echo pgregent :ERROR') echo "pgregent $e"; e=false;;
              *) echo "${l%;}" >>commands; case $l in *bad*) e=true; echo 'ERROR:  bad';; *slow*) sleep 5;; esac;;
            esac; done
            """#)
    }

    @Test("each command starts a psql of its own where no console is held open, and a pause has its deadline")
    func plain() throws {
        try HostDirectory.with { host throws in
            try psql(host)
            let pause = { (pool: String, mode: PoolMode) in try host.run(first(host, .pause([pool], mode: mode))) }
            #expect(try pause("a", .other) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(try pause("bad", .other) == HostDirectory.Ran(status: 3, output: "", errors: "ERROR:  bad\n"))
            #expect(try pause("slow", .other).errors == "a transaction was still running after 1 s\n")
            let session = try pause("slow", .session)
            #expect(session.status == 124)
            #expect(session.errors == "pool_mode is session, and a client was still connected after 1 s\n")
            #expect(try host.run(first(host, .route(["a", "b\"c"], to: "vm2"))).status == 0)
            #expect(try host.run(first(host, .release(["a"]))).status == 0)
            #expect(
                host.text("commands")
                    == "PAUSE \"a\"\nPAUSE \"bad\"\nPAUSE \"slow\"\nPAUSE \"slow\"\nRELOAD\nRESUME \"a\"\nRESUME \"b\"\"c\"\nRESUME \"a\"\n"
            )
            #expect(
                host.text("psqls")?.split(separator: "\n").first
                    == "-X -q -h /tmp -p  -U console's user -d pgbouncer -v ON_ERROR_STOP=1 -c PAUSE \"a\"")
        }
    }

    @Test("one psql takes the commands while clients are held, and ends after the last")
    func held() throws {
        try HostDirectory.with { host throws in
            try psql(host)
            #expect(try host.run(actions(host).operations(.stage(file(host)), on: "vm1").last).status == 0)
            let console = "home/.pgregent-console"
            #expect(host.names(console) == ["in", "out", "pid"])
            let refused = try host.run(first(host, .pause(["a", "bad"], mode: .other)))
            #expect(refused == HostDirectory.Ran(status: 1, output: "", errors: "ERROR:  bad\n"))
            #expect(host.names(console) == ["answered", "asked", "in", "out", "pid"])
            let route = try host.run(first(host, .route(["a"], to: "vm2")))
            #expect(route == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.text("commands") == "PAUSE \"a\"\nPAUSE \"bad\"\nRELOAD\nRESUME \"a\"\n")
            #expect(host.text("psqls")?.split(separator: "\n").count == 1)
            // The next finds it given up.
            #expect(try host.run(first(host, .release(["a"]))).status == 0)
            #expect(host.text("psqls")?.split(separator: "\n").count == 2)
            _ = try host.run("n=0; while [ -e \(console) ] && [ $n -lt 150 ]; do n=$((n+1)); sleep 0.02; done")
            #expect(host.text(console + "/pid") == nil)
        }
    }

    @Test("a held pause that takes too long is given up, with its console")
    func late() throws {
        try HostDirectory.with { host throws in
            try psql(host)
            #expect(try host.run(actions(host).operations(.stage(file(host)), on: "vm1").last).status == 0)
            let late = try host.run(first(host, .pause(["slow"], mode: .other)))
            #expect(late.status == 124 && late.errors == "a transaction was still running after 1 s\n")
            #expect(host.names("home").isEmpty)
        }
    }

    @Test("a probe tells of PgBouncer's files, and of what its console says")
    func probe() throws {
        try HostDirectory.with { host throws in
            var pgbouncer = Declared.cluster(nodes: 3).pgbouncer ?? PgBouncerSpec()
            pgbouncer.configFile = host.path + "/etc/pgbouncer.ini"
            pgbouncer.authFile = host.path + "/etc/userlist.txt"
            let observer = Observer(
                spec: pgbouncer, host: pgbouncer.hosts[0], binDirectory: host.path + "/bin", osUser: "postgres",
                nodeHosts: ["127.0.0.1", "127.0.0.2"])
            try host.write("etc/pgbouncer.ini", "[pgbouncer]\n")
            try host.write("etc/userlist.txt", "\"app\" \"secret\"\n")
            // As psql does with the separators that it is given.
            try host.program(
                "psql",
                #"""
                while [ $# -gt 0 ]; do case $1 in -F) f=$2;; -R) r=$2;; -c) c=$2;; esac; shift; done
                pools() {
                  printf "database${f}user${f}cl_active${f}cl_waiting${f}sv_active${f}sv_idle${f}maxwait${r}"
                  printf "ro${f}app${f}0${f}3${f}1${f}0${f}9${r}rw${f}app${f}0${f}2${f}0${f}0${f}0\n"
                }
                [ -z "$c" ] || { pools; exit; }
                while read -r l; do case $l in
                  'SHOW VERSION;') printf 'version%sPgBouncer 1.18.0\n' "$r";;
                  'SHOW DATABASES;') printf "name${f}host${f}port${f}database${f}paused${r}rw${f}vm1${f}5432${f}postgres${f}1\n";;
                  'SHOW CONFIG;') printf "key${f}value${r}pool_mode${f}session\n";;
                  'SHOW POOLS;') pools;;
                  'SHOW SERVERS;')
                    printf "type${f}user${f}database${f}state${f}addr${f}close_needed${f}application_name${r}"
                    printf "S${f}app${f}rw${f}active${f}127.0.0.2${f}1${f}x${r}S${f}app${f}rw${f}active${f}127.0.0.1${f}0${f}x${r}"
                    printf "S${f}app${f}ro${f}idle${f}127.0.0.2${f}1${f}x\n";;
                  *) printf '%s\n' "${l#??????}";;
                esac; done
                """#)
            let ran = try host.run(HostProbe.script(observer.script))
            #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran.errors)")
            let seen = observer.observed(HostProbe.answers(ran.output))
            #expect(seen.configuration.text == "[pgbouncer]\n" && seen.authEntries.keys.sorted() == ["app"])
            #expect(seen.console.value?.version == "PgBouncer 1.18.0")
            #expect(seen.console.value?.settings == ["pool_mode": "session"])
            #expect(seen.console.value?.databases.map(\.name) == ["rw"])
            #expect(seen.console.value?.databases.first?.paused == true)
            #expect(seen.console.value?.standing == ["rw"])
            #expect(seen.console.value?.strays == [Console.Stray(host: "127.0.0.2", database: "rw")])
            try host.program("psql", "echo 'no such socket' >&2; exit 2")
            let down = observer.observed(HostProbe.answers(try host.run(HostProbe.script(observer.script)).output))
            #expect(down.console == .unknown(reason: "no such socket") && !down.isRunning)
        }
    }
}
