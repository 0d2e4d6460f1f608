/// A file on a host: the scripts that read and replace it, and what they answer. Text only; a `RemoteShell` runs it.
///
/// Paths and contents are data: quoted words inside the script, given to `printf`, which is part of the shell, so that
/// neither is seen in an argument list and every byte arrives.
package enum RemoteFile {
    /// A file as it was read.
    package enum State: Hashable, Sendable {
        /// Nothing is there (or a symbolic link to nothing).
        case missing
        /// - Parameter mode: octal, as `stat` and `chmod` have it (`640`).
        case file(content: String, owner: String, group: String, mode: String)
        /// It may be there, but its content could not be had, or is not text.
        case unreadable(reason: String)
        /// Something else is there: what `stat` calls it.
        case notAFile(what: String)
    }

    /// A script that prints the file with its owner and mode; symbolic links are followed. Give its result to `state`.
    package static func read(_ path: String) -> String {
        ShellProgram(Scripts.readFile, ["file": path]).description
    }

    /// What a run of `read` says.
    package static func state(_ result: ShellResult) -> State {
        let answer = result.output.unicodeScalars
        guard let end = answer.firstIndex(of: "\n") else { return .unreadable(reason: reason(result)) }
        let head = String(answer[..<end])
        let content = String(answer[answer.index(after: end)...])
        if head.hasPrefix("absent ") {
            return answer.reversed().starts(with: "No such file or directory\n".unicodeScalars.reversed())
                ? .missing : .unreadable(reason: String(head.dropFirst(7)))
        }
        let words = head.split(separator: " ", maxSplits: 7)
        guard head.hasPrefix("found "), words.count == 8 else { return .unreadable(reason: reason(result)) }
        guard words[7].hasPrefix("regular") else { return .notAFile(what: String(words[7])) }
        guard result.succeeded else { return .unreadable(reason: reason(result)) }
        if content.unicodeScalars.contains("\u{FFFD}") {
            return .unreadable(reason: "it holds bytes that are not UTF-8, which pgregent would not keep as they are")
        }
        guard content.utf8.count == Int(words[6]) else { return .unreadable(reason: "it changed while it was read") }
        return .file(
            content: content, owner: String(words[1] == "UNKNOWN" ? words[3] : words[1]),
            group: String(words[2] == "UNKNOWN" ? words[4] : words[2]), mode: String(words[5]))
    }

    private static func reason(_ result: ShellResult) -> String {
        let said = result.errors.split(whereSeparator: \.isNewline).joined(separator: "; ")
        return said.isEmpty ? "reading it ended with status \(result.status)" : said
    }
}
