/// The mark of unfinished work on a host: a file that says who is at it and what it is, as `PID START unfinished clone`.
///
/// START is when the process began, in clock ticks since the host booted (field 22 of proc(5)'s stat): a number is given
/// again after a reboot, and whoever has it then is at other work. A zombie is at nothing. A mark without START, as an older
/// version wrote it, is believed for its number alone.
package struct WorkMark {
    /// Of the process that made it; nil: nobody is at it.
    package var process: Int?
    /// `clone`, `rewind`, `creation`, `recovery`.
    package var work: String

    /// - Parameter text: what the file says.
    package init(_ text: String) {
        let words = text.split { $0.isWhitespace }
        process = words.first.flatMap { Int($0) }
        work = words.drop { $0.allSatisfy(\.isNumber) || $0 == "unfinished" }.first.map(String.init) ?? "work"
    }

    /// Shell text that defines `worker`, which prints the PID and START of the script that it stands in;
    /// `at_work FILE`, which is true while the one who made the mark is, and sets `p` to its PID; and `mark_work FILE WORDS`,
    /// which fails, with a message, while somebody is at work, and else makes the mark.
    package static let shell = ShellProgram(Scripts.workMark)
}
