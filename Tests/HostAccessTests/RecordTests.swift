import ClusterModel
import HostAccess
import Testing

/// The record of a node, as the programs on its host read and change it.
@Suite struct RecordTests {
    private static let stop = RecordedStop(to: "a node's name = $(x)", phase: .stopping)
    private static let switchover = Switchover(from: "vm1", to: "vm2")

    /// What a script prints that stands in a new directory, where the record is `d/vm1`; `show` prints it.
    private func run(_ script: String, spare: String = "") throws -> String {
        let text = """
            b=$(mktemp -d) && cd "$b" || exit 1
            HOME=$b; export HOME
            \(RecordFile("~/d/vm1", spare: spare).work)
            show() { cat d/vm1; }
            \(script)
            cd / && rm -rf "$b"
            """
        return String(decoding: try Program.output(of: text), as: UTF8.self)
    }

    @Test("a section is replaced and removed, and the others stay")
    func written() throws {
        let text = try run(
            """
            \(RecordFile.writing(Self.stop)); \(RecordFile.writing(Self.switchover)); write_section fenced 'fenced=yes
            '
            \(RecordFile.writing(RecordedStop(to: "vm3", phase: .guarded)))
            \(RecordFile.removing(HostRecord.fence))
            \(RecordFile.has(Self.switchover)) && show; ls d; stat -c %a d
            """)
        #expect(
            text == """
                pgregent=1
                switchover.from=vm1
                switchover.to=vm2
                stopped=guarded
                stopped.to=vm3
                vm1
                700

                """)
        let record = HostRecord(text: text, now: nil)
        #expect(record?.stop == RecordedStop(to: "vm3", phase: .guarded) && record?.switchover == Self.switchover)
        let hostile = try run("\(RecordFile.writing(Self.stop)); show")
        #expect(HostRecord(text: hostile, now: nil)?.stop == Self.stop)
    }

    @Test("a section takes the place of the one that was observed, or of none, and of no other")
    func swapped() throws {
        let lines = { (stop: RecordedStop) in Quoting.shell(stop.lines) }
        let name = RecordedStop.name
        let other = RecordedStop(to: "vm3", phase: .promoting)
        let swap = "swap_section \(name) \(lines(Self.stop)) ''; echo $?; find_section \(name); echo \"<$found>\""
        #expect(try run("\(RecordFile.writing(Self.stop)); \(swap)") == "0\n<>\n")
        #expect(try run(swap) == "0\n<>\n")
        #expect(try run("\(RecordFile.writing(other)); \(swap)") == "1\n<\(other.lines)>\n")
        let back = "swap_section \(name) '' \(lines(Self.stop)); echo $?; find_section \(name); echo \"<$found>\""
        #expect(try run(back) == "0\n<\(Self.stop.lines)>\n")
        #expect(try run("\(RecordFile.writing(other)); \(back)") == "1\n<\(other.lines)>\n")
    }

    @Test("many that write at the same time lose nothing of each other")
    func together() throws {
        let text = try run(
            "for n in 1 2 3 4 5 6 7 8 9; do write_section s$n \"s$n=$n\n\" & done; wait; show | sort | tr '\\n' ' '")
        #expect(text == "pgregent=1 s1=1 s2=2 s3=3 s4=4 s5=5 s6=6 s7=7 s8=8 s9=9 ")
    }

    @Test("where there is no room for a file, the one that is there is written over, or another one given up")
    func full() throws {
        let fence = "write_section fenced 'fenced=yes\n'; echo $?"
        let here = try run("\(RecordFile.writing(Self.stop)); mkdir -p d/vm1.new/x; \(fence); show")
        #expect(here.hasPrefix("0\n"))
        let record = HostRecord(text: String(here.dropFirst(2)), now: nil)
        #expect(record?.isFenced == true && record?.stop == Self.stop)
        // It is shorter than before.
        let shorter = try run(
            "\(RecordFile.writing(Self.stop)); mkdir -p d/vm1.new/x; \(RecordFile.removing(RecordedStop.name)); show")
        #expect(HostRecord(text: shorter, now: nil) == HostRecord())
        let spare = try run("mkdir -p d/vm1.new/x; echo 'some options' >spare; \(fence); ls; show", spare: "spare")
        #expect(spare.hasPrefix("0\nd\npgregent=1\n") && spare.contains("fenced=yes"))
        #expect(try run("mkdir -p d/vm1.new/x; \(fence)") == "1\n")
    }

    @Test("a record that another version wrote is left as it is")
    func otherVersion() throws {
        let text = try run(
            "mkdir d; echo pgregent=2 >d/vm1; write_section fenced 'fenced=yes\n'; echo $?; show")
        #expect(text == "1\npgregent=2\n")
        #expect(HostRecord(text: "pgregent=2\n", now: nil) == nil)
        #expect(HostRecord(text: "", now: nil) == HostRecord())
    }

    @Test("what is written is what is read, also of a failover")
    func failover() {
        var failover = RecordedFailover(phase: .frozen, replaces: "vm=1 ", fence: .quorum, chosen: "vm2")
        failover.id = "x-y"
        let text = "pgregent=1\n\(failover.lines)failover.time=100\n"
        #expect(HostRecord(text: text, now: nil)?.failover == failover)
        failover.age = .seconds(5)
        #expect(HostRecord(text: text, now: 105)?.failover == failover)
        let names = ["/a b", ".x", "é.1", "..", "vm-1_A.b"]
        #expect(names.map(FileName.encoded) == ["%2fa%20b", "%2ex", "%c3%a9%2e1", "%2e%2e", "vm-1_A%2eb"])
    }

    // MARK: work

    /// - Parameter process: `PID START` of who is recorded; `$other` is a process that lives.
    private func isAtWork(_ process: String) throws -> Bool {
        let answer = try run(
            """
            sleep 60 & other=$!
            process="\(process)"
            write_section work "work=clone
            work.process=$process
            "
            if at_work; then echo "yes $p"; else echo no; fi
            kill $other
            """)
        #expect(answer == "no\n" || answer.hasPrefix("yes ") && answer.count > 5, "\(answer)")
        return answer.hasPrefix("yes ")
    }

    @Test(
        "a process is at work while the one that was recorded lives",
        arguments: ["$other $(born $other)", "$$ $(born $$)"])
    func working(_ process: String) throws { #expect(try isAtWork(process)) }

    @Test(
        "nobody is at work where nobody is recorded, the process has ended, or another has its number",
        arguments: ["", "999999999 1", "$other 1", "$other", "$(sh -c 'echo $$') 1"])
    func ended(_ process: String) throws { #expect(try !isAtWork(process)) }

    @Test("a process that has ended and was not waited for is not at work")
    func zombie() throws {
        let answer = try run(
            """
            sh -c 'sleep 0.1 & echo "$!" >zombie; exec sleep 60' & other=$!
            until [ -s zombie ]; do sleep 0.01; done; z=$(cat zombie); s=$(born $z)
            until grep -q '^State:.Z' /proc/$z/status; do sleep 0.01; done
            write_section work "work=clone
            work.process=$z $s
            "
            at_work && echo yes || echo no
            kill $other
            """)
        #expect(answer == "no\n")
    }

    @Test("work is begun where nobody is at work, and nowhere else")
    func begun() throws {
        let begun = { (before: String) in
            try run(
                "sleep 60 & other=$!; \(before); begin_work clone 'work.configuration=yes\n'; echo $?; show; kill $other"
            )
        }
        let busy = try begun("write_section work \"work=creation\nwork.process=$other $(born $other)\n\"")
        #expect(busy.hasPrefix("1\n") && busy.contains("work=creation\n"))
        for before in [":", "write_section work 'work=rewind\nwork.process=999999999 1\n'"] {
            let said = try begun(before)
            #expect(said.hasPrefix("0\n"))
            let work = HostRecord(text: String(said.dropFirst(2)), now: nil)?.work
            #expect(work?.kind == .clone && work?.makesConfiguration == true && work?.processID != nil)
        }
        #expect(try run("begin_work clone; end_work; show") == "pgregent=1\n")
    }
}
