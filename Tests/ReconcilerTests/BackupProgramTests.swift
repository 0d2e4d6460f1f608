import ClusterModel
import Glibc
import HostAccess
import TestKit
import Testing

@testable import Barman

/// The programs on Barman's host, and those that let accounts in.
@Suite struct BackupProgramTests {
    private func cluster(_ host: HostDirectory) -> ClusterSpec {
        var cluster = Declared.cluster(nodes: 3)
        cluster.barman?.home = host.path + "/home"
        cluster.nodes[2] = host.node()
        return cluster
    }

    // MARK: the receiver

    /// What is in the receiver's directory after it was asked where it goes on.
    private func goesOn(_ received: [String], left: String, timeline: Int = 2, answers: Bool = true) throws -> [String]
    {
        try HostDirectory.with { host throws in
            for name in received { try host.write("home/vm95/streaming/\(name)", "log") }
            try host.program(
                "psql",
                #"""
                \#(answers ? "" : "exit 2")
                case "$*" in
                *'dbname=replication replication=true -c IDENTIFY_SYSTEM') echo '7|\#(timeline)|0/9000000|';;
                *'TIMELINE_HISTORY \#(timeline)') printf '00000002.history|1\t\#(left)\tno recovery target specified\n';;
                *'service=vmp -c SELECT setting'*) echo 16777216;;
                esac
                """#)
            let operations = Actions(cluster(host)).operations(
                .receive(ReceiverStart(from: "vm1", isGone: false, mayRunElsewhere: false)), on: "backup")
            let ran = try host.run(operations.first)
            #expect(ran.status == 0 && ran.output.isEmpty && ran.errors.isEmpty, "\(ran.errors)")
            return host.names("home/vm95/streaming")
        }
    }

    @Test("the receiver is told to go on with the next timeline where the new primary left its own, and only there")
    func position() throws {
        let (whole, next) = ("000000010000000000000002", "000000020000000000000003.partial")
        #expect(try goesOn([whole], left: "0/3000000") == [whole, next])
        #expect(
            try goesOn([whole, "000000010000000000000003.partial"], left: "0/3000000")
                == [whole, "000000010000000000000003.partial", next])
        #expect(try goesOn([whole], left: "0/3000060") == [whole])
        #expect(try goesOn([whole], left: "0/3000000", timeline: 1) == [whole])
        #expect(try goesOn([whole], left: "0/3000000", answers: false) == [whole])
        #expect(try goesOn([], left: "0/3000000").isEmpty)
        #expect(
            try goesOn(["0000000100000000000000FF"], left: "1/0")
                == ["0000000100000000000000FF", "000000020000000100000000.partial"])
    }

    @Test("a receiver that Barman does not end is ended, by harder and harder means")
    func ended() throws {
        for (barman, signal, status, sent) in [
            ("rm runs", "", Int32(0), nil), ("true", "-TERM", 0, "-TERM\n"), ("echo stuck", "-", 1, "-TERM\n-KILL\n"),
        ] {
            try HostDirectory.with { host throws in
                try host.program("sleep", "exec /bin/sleep 0.001")
                try host.write("runs", "")
                try host.program("pgrep", #"[ "$4" = 'pg_receivewal .*/vm95/streaming' ] && [ -e runs ]"#)
                try host.program("pkill", #"echo "$1" >>sent; [ "$1" = "\#(signal)" ] && rm runs"#)
                try host.program("barman", #"echo "$*" >said; \#(barman)"#)
                let start = ReceiverStart(from: "vm1", isGone: false, mayRunElsewhere: true)
                let ran = try host.run(Actions(cluster(host)).operations(.receive(start), on: "backup").first)
                #expect(ran == HostDirectory.Ran(status: status, output: "", errors: status == 0 ? "" : "stuck\n"))
                #expect(host.text("said") == "receive-wal --stop vm95\n" && host.text("sent") == sent)
            }
        }
    }

    // MARK: recovery

    private func fetch(_ host: HostDirectory, until time: String? = nil, port: Int? = nil) -> [Operation] {
        var cluster = cluster(host)
        cluster.nodes[2].ssh.port = port
        return Actions(cluster).fetch(Recovery(backup: "20240101T000000", targetTime: time), to: cluster.nodes[2])
    }

    @Test("the log is brought to the archive, however often that has to be tried, but not for ever")
    func archived() throws {
        try HostDirectory.with { host throws in
            try host.program("sleep", "exit 0")
            try host.program("barman", #"echo "$*" >>said; [ $(wc -l <said) -gt 3 ] || { echo locked; exit 1; }"#)
            #expect(try host.run(fetch(host).first) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(
                host.text("said") == "receive-wal --stop vm95\n" + String(repeating: "archive-wal vm95\n", count: 3))
            try host.program("barman", "echo locked; exit 1")
            #expect(try host.run(fetch(host).first) == HostDirectory.Ran(status: 1, output: "", errors: "locked\n"))
        }
    }

    @Test("a recovery is marked while it lasts")
    func recovered() throws {
        try HostDirectory.with { host throws in
            let record = "home/.pgregent/vm95.barman"
            try host.program("barman", #"grep work= \#(record); printf '<%s>' "$@"; exit 4"#)
            let ran = try host.run(fetch(host, until: "2024-01-01 00:00:00+00", port: 2222)[1])
            #expect(ran.status == 4 && ran.output.isEmpty)
            #expect(
                ran.errors.hasSuffix(
                    "work=recovery\n<recover><--target-tli><latest><--target-time><2024-01-01 00:00:00+00><--target-action><promote><--remote-ssh-command><ssh -o BatchMode=yes -p 2222 postgres@vm3><vm95><20240101T000000><\(host.path)/main>"
                ))
            #expect(host.text(record) == "pgregent=1\n")
            #expect(
                try host.run(fetch(host)[1]).errors.contains(
                    "<latest><--remote-ssh-command><ssh -o BatchMode=yes postgres@vm3>"))
            let busy = HostRecord.version + "\n" + (try HostDirectory.own(.recovery))
            try host.write(record, busy)
            #expect(try host.run(fetch(host)[1]).status == 1)
            #expect(host.text(record) == busy)
        }
    }

    @Test("the unfinished segment is kept out of the receiver's way, and sent where it is missing")
    func sent() throws {
        try HostDirectory.with { host throws in
            let names = ["000000010000000000000003", "000000010000000000000004", "odd name"]
            for name in names { try host.write("home/vm95/streaming/\(name).partial", "log of \(name)") }
            try host.write("main/pg_wal/" + names[0], "own")
            // As sshd does it: the words become one text for the account's shell.
            try host.program(
                "ssh", #"echo "$1 $2 $3 $4" >said; while [ $# -gt 2 ]; do shift; done; cd / && exec sh -c "$*""#)
            #expect(try host.run(fetch(host, port: 2222)[2]) == HostDirectory.Ran(status: 0, output: "", errors: ""))
            #expect(host.text("said") == "-o BatchMode=yes -p 2222\n")
            #expect(host.names("home/vm95/streaming").isEmpty)
            #expect(host.names("home/vm95/pgregent-partial").count == 3)
            #expect(host.names("main/barman_wal") == [names[1]])
            #expect(host.text("main/barman_wal/" + names[1]) == "log of \(names[1])")
            #expect(host.text("main/pg_wal/" + names[0]) == "own")
            // What was sent is not sent over itself.
            try host.write("main/barman_wal/" + names[1], "used")
            #expect(try host.run(fetch(host)[2]).status == 0)
            #expect(host.text("main/barman_wal/" + names[1]) == "used")
            try host.program("ssh", "exit 255")
            #expect(try host.run(fetch(host)[2]).status == 1)
        }
    }

    // MARK: accounts

    @Test("a key is made once, and goes into a file once, beside what others have written")
    func authorized() throws {
        try HostDirectory.with { host throws in
            let access = SSHAccess(
                from: "backup", fromAccount: "barman", to: "vm3", toAccount: "postgres", address: "vm3", port: 2222)
            let operations = SSHAccessCommands(access).operations
            try host.program(
                "ssh-keygen",
                #"printf '<%s>' "$@" >>made; for f; do :; done; echo 'ssh-ed25519 AAAA it'\''s' >"$f.pub""#)
            for _ in 1...2 { #expect(try host.run(operations[0]).status == 0) }
            #expect(host.text("made") == "<-q><-t><ed25519><-N><><-f><\(host.path)/home/.ssh/id_ed25519>")
            #expect(try host.run("stat -c %a home/.ssh").output == "700\n")
            guard case .transfer(_, _, let produce, _) = operations[1].work else { return }
            let key = try host.run(produce)
            #expect(
                Base64.decode(key.output).map { String(decoding: $0, as: UTF8.self) }
                    == host.text("home/.ssh/id_ed25519.pub"))
            try host.write("home/.ssh/authorized_keys", "# others\nssh-ed25519 AAAA it's longer\n")
            for _ in 1...2 { #expect(try host.run(operations[1], input: key.output).status == 0) }
            #expect(
                host.text("home/.ssh/authorized_keys")
                    == "# others\nssh-ed25519 AAAA it's longer\nssh-ed25519 AAAA it's\n")
            for bad in ["", "no base64!"] { #expect(try host.run(operations[1], input: bad).status == 1) }
            let known = Base64.encode(Array("[vm3]:2222 ssh-ed25519 BBBB\n".utf8))
            #expect(try host.run(operations[2], input: known).status == 0)
            #expect(host.text("home/.ssh/known_hosts") == "[vm3]:2222 ssh-ed25519 BBBB\n")
            let trust = SSHKeys(HostProbe.answers(try host.run(HostProbe.script(SSHKeys.script)).output))
            #expect(trust.publicKey == "ssh-ed25519 AAAA" && trust.known == ["[vm3]:2222 ssh-ed25519 BBBB"])
        }
    }

    // MARK: the probe

    @Test("a probe tells of Barman's files, its receiver, and what there is to recover from")
    func probe() throws {
        try HostDirectory.with { host throws in
            var spec = try #require(cluster(host).barman)
            spec.configurationDirectory = host.path + "/etc"
            try host.write("etc/vm95.conf", "[vm95]\n")
            try host.write("home/vm95/wals/0000/000000010000000000000001", "")
            for (id, status) in [("20240101T000000", "DONE"), ("20240102T000000", "FAILED")] {
                try host.write(
                    "home/vm95/base/\(id)/backup.info",
                    "status=\(status)\nsystemid=7\nsize=100\nend_time=2024-01-01 00:00:10+00:00\n")
            }
            try host.write("home/.pgregent/vm95.barman", HostRecord.version + "\n" + HostDirectory.own(.recovery))
            try host.program("pgrep", "exit 0")
            try host.program("barman", "printf '\\tssh: OK\\n'")
            let observer = Observer(
                spec: spec, passfile: [], deep: true,
                bootstrap: .barman(backup: nil, targetTime: "2024-01-01 01:00:00+00:00"))
            let ran = try host.run(HostProbe.script(observer.script))
            #expect(ran.status == 0 && ran.errors.isEmpty, "\(ran.errors)")
            let seen = observer.observed(HostProbe.answers(ran.output), doors: FakeDoors())
            #expect(seen.configuration.text == "[vm95]\n" && seen.serviceFile == .missing)
            #expect(seen.hasArchive, "\(ran.output)")
            #expect(seen.receiverRuns)
            #expect(seen.check?.passed == true)
            #expect(
                seen.backups?.finished == [
                    Backups.Backup(
                        id: "20240101T000000", systemIdentifier: "7", sizeInBytes: 100, endTime: 1_704_067_210)
                ])
            #expect(seen.backups?.target?.time == 1_704_070_800)
            #expect(seen.backups?.recoveryRuns == true)
            let shallow = Observer(spec: spec, passfile: [], deep: false)
            let less = shallow.observed(
                HostProbe.answers(try host.run(HostProbe.script(shallow.script)).output), doors: FakeDoors())
            #expect(less.check == nil && less.backups == nil)
        }
    }
}
