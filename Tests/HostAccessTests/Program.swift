import FoundationEssentials
import Glibc

/// Runs a program of this machine and gives what it prints.
enum Program {
    static func output(of script: String, folder: String = "/") throws -> [UInt8] {
        let stem = FileManager.default.temporaryDirectory.appending(
            path: "pgregent-test-\(UInt64.random(in: 0 ... .max))"
        ).path
        defer { for end in [".sh", ".out"] { unlink(stem + end) } }
        try Data(script.utf8).write(to: URL(filePath: stem + ".sh"))
        _ = system("cd '\(folder)' && sh '\(stem).sh' >'\(stem).out' 2>/dev/null")
        return Array(try Data(contentsOf: URL(filePath: stem + ".out")))
    }
}

/// Texts that break what is quoted badly.
enum Hostile {
    static let texts = [
        "", " ", "plain", "it's", "''", "\"", "a b", "$(touch /tmp/x)", "`id`", "${HOME}", "a\nb", "\n", "\\", "\\'",
        "a\\nb", "*", "~",
        "~/x", "-n", "--", "#", ";", "|", "&", "a=b", "!x", "ü€𐍈", "e\u{301}", "\r\n", "\t", "a\u{7F}b", "%s", "\u{1F}",
        "'\\''", "%n$(id)'\"\n",
    ]
}
