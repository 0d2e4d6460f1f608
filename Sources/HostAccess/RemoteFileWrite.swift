extension RemoteFile {
    /// The statuses with which a script of `write` fails; its errors then hold the sentence for people.
    package enum WriteStatus {
        /// The file no longer holds what was expected (EX_TEMPFAIL). Nothing was changed.
        package static let changed: Int32 = 75
        /// The account may write neither the directory nor the file, or keep a backup (EX_CANTCREAT). Nothing changed.
        package static let refused: Int32 = 73
        /// The disk is full, or writing failed otherwise (EX_IOERR). The file holds what it held.
        package static let failed: Int32 = 74
    }

    /// A script that replaces a file as a whole, or does nothing: a reader sees the old content or the new.
    ///
    /// A symbolic link stays, and its target is replaced. An existing file keeps its owner, group and mode. The old
    /// content stays as `PATH.pgregent-backup` beside the real file. Where the account may write the file but not its
    /// directory (or could not keep its owner), the file is overwritten in place instead, and the backup is kept as
    /// `~/.pgregent-backup/PATH` with `%` for each `/`. A file that already holds the content is left alone.
    ///
    /// - Parameters:
    ///   - expected: what the file held when the change was planned; nil: it was missing.
    ///   - mode: of a new file, octal.
    ///   - owner: of a new file, `account:group`; nil: the account that writes.
    package static func write(
        _ path: String, _ content: String, expecting expected: String?, mode: String = "644", owner: String? = nil
    ) -> String {
        let kept = path.split(separator: "/").joined(separator: "%")
        let arguments: KeyValuePairs = [
            "file": path, "new": content, "old": expected ?? "", "existed": expected == nil ? "0" : "1", "mode": mode,
            "owner": owner ?? "", "kept": kept,
        ]
        return ShellProgram(Scripts.writeFile, arguments).description
    }

    /// A script that succeeds when a check accepts what a file is to hold.
    ///
    /// - Parameter check: shell text that succeeds when the program that reads the file would accept the one named by `f`.
    package static func accepts(_ content: String, check: String) -> String {
        ShellProgram(
            Scripts.checkContent, ["content": Base64.encode(Array(content.utf8))], functions: ["check": check]
        ).description
    }
}
