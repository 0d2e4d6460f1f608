import HostAccess
import Testing

/// Who is still at work is known by its number and the time of its start.
@Suite struct WorkMarkTests {
    /// What the shell says of a mark that is made by a script's own words.
    private func isAtWork(_ make: String) throws -> Bool {
        let script = """
            \(WorkMark.shell)
            m=$(mktemp); sleep 60 & other=$!
            \(make)
            if at_work "$m"; then echo "yes $p"; else echo no; fi
            rm -f "$m"; kill $other
            """
        let answer = String(decoding: try Program.output(of: script), as: UTF8.self)
        #expect(answer == "no\n" || answer.hasPrefix("yes ") && answer.count > 5, "\(answer)")
        return answer.hasPrefix("yes ")
    }

    @Test(
        "a process that made the mark is at work",
        arguments: [
            #"echo "$(worker) unfinished creation" >"$m""#, #"worker >"$m""#,
            #"echo "$other $(born $other) unfinished clone" >"$m""#,
            // As an older version wrote it.
            #"echo "$other unfinished clone" >"$m""#,
        ])
    func working(_ make: String) throws { #expect(try isAtWork(make)) }

    @Test(
        "nobody is at work where there is no mark, its process has ended, or another has its number",
        arguments: [
            #"rm "$m""#, ":", #"echo given up, before a clone >"$m""#, #"echo "999999999 1 unfinished clone" >"$m""#,
            #"sh -c 'echo "$$ unfinished clone"' >"$m""#, #"echo "$other 1 unfinished clone" >"$m""#,
            // Ended, and not waited for.
            Self.zombie,
        ])
    func ended(_ make: String) throws { #expect(try !isAtWork(make)) }

    private static let zombie = """
        sh -c 'sleep 0.1 & echo "$! unfinished clone" >"$0"; exec sleep 60' "$m" & other="$other $!"
        until grep -q '^State:.Z' "/proc/$(cut -d ' ' -f 1 "$m")/status"; do sleep 0.01; done
        """

    @Test("a mark takes the place of one that nobody is at work on, and of no other")
    func marked() throws {
        let marked = { (before: String) in
            try String(
                decoding: Program.output(
                    of: """
                        \(WorkMark.shell)
                        m=$(mktemp); sleep 60 & other=$!
                        \(before); mark_work "$m" 'unfinished clone' && [ "$p" = "" ]; echo "$?"; cat "$m"
                        rm -f "$m"; kill $other
                        """), as: UTF8.self)
        }
        #expect(try marked(#"echo "$other unfinished creation" >"$m""#).hasSuffix(" unfinished creation\n"))
        #expect(try marked(#"echo "$other unfinished creation" >"$m""#).hasPrefix("1\n"))
        for before in [":", #"rm "$m""#] {
            let said = try marked(before)
            #expect(said.hasPrefix("0\n") && said.hasSuffix(" unfinished clone\n"), "\(said)")
        }
        #expect(try marked(#"echo "999999999 1 unfinished rewind" >"$m""#).hasSuffix(" unfinished clone\n"))
    }

    @Test("a mark says what is unfinished, with or without the time of a start")
    func words() {
        for text in ["4711 88 unfinished creation and configuration\n", "4711 unfinished creation\n"] {
            #expect(WorkMark(text).work == "creation")
            #expect(WorkMark(text).process == 4711)
        }
        #expect(WorkMark("given up, before a clone").process == nil)
    }
}
