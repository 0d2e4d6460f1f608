internal import HostAccess

/// The texts that a session's remote `sh` is sent, and how its answers are read: pure.
///
/// A script is a quoted word inside a quoted here-document, so no byte in it can end either. It runs in a subshell of its
/// own (`$$` is the batch's shell, which lives until all its scripts are over), reads /dev/null, and writes into two
/// files of the session's private directory. Files rather than the session's own streams: a process that a script
/// leaves in the background would keep those open, and its late words would land in another script's answer. They lie
/// in memory (/dev/shm) where there is one, so that a full disk does not blind us.
enum RemoteProtocol {
    /// A random word that stands between the parts of an answer. It is sent in two halves, so that an echo of what was
    /// sent never looks like an answer.
    struct Marker: Sendable {
        let first: String
        let second: String

        init() {
            var generator = SystemRandomNumberGenerator()
            first = "pgregent" + String(generator.next(), radix: 36)
            second = String(generator.next(), radix: 36) + String(generator.next(), radix: 36)
        }

        var bytes: [UInt8] { Array((first + second).utf8) }
        var print: String { "printf %s%s \(first) \(second)" }
    }

    /// The status with which the remote shell leaves when its private directory is gone, before it runs anything.
    static let directoryGone: Int32 = 97

    /// Makes the environment predictable and the private directory; answers with one marker.
    ///
    /// A directory is named after its shell, so that one left by a killed shell is known and removed; and after the
    /// shell's pid namespace, because containers that share /dev/shm do not know each other's processes.
    static func opening(_ route: AccountRoute, marker: Marker) -> String {
        let account = route.account.map { "HOME=~\($0); USER=\($0); LOGNAME=\($0); export HOME USER LOGNAME\n" } ?? ""
        return """
            unset ENV BASH_ENV CDPATH MAIL XDG_RUNTIME_DIR LANGUAGE
            LC_ALL=C; PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin; export LC_ALL PATH
            \(account)umask 022
            cd "$HOME" 2>/dev/null || cd /
            n=$(readlink /proc/self/ns/pid); n=${n#*[}; n=pgregent-session-${n%]}
            for b in /dev/shm /tmp "$HOME"; do
            [ -d "$b" ] && [ -w "$b" ] || continue
            for o in "$b/$n"-*; do
            p=${o#"$b/$n"-}; p=${p%%-*}
            [ -n "$p" ] && [ -O "$o" ] && [ ! -L "$o" ] && [ ! -d "/proc/$p" ] && rm -rf "$o"
            done
            d=$(mktemp -d "$b/$n-$$-XXXXXXXX") && break
            done
            [ -d "$d" ] || exit \(directoryGone)
            trap 'rm -rf "$d"' EXIT; trap 'exit 129' HUP; trap 'exit 143' TERM; trap 'exit 141' PIPE
            \(marker.print)

            """
    }

    /// One batch. Its answer has `1 + 2 × scripts` parts: statuses, then each script's output and errors.
    ///
    /// One `timeout` stands around the whole batch, which is what the deadline is for. Three programs are started, however
    /// many scripts there are: during a switchover clients wait for them, on every host at once. So the files of old
    /// answers, emptied at once, are removed now and then.
    static func batch(_ scripts: [String], number: Int, seconds: Double, marker: Marker) -> String {
        let prefix = "\"$d/\(number)\""
        let end = marker.first + marker.second
        var text = """
            [ -d "$d" ] || exit \(directoryGone)
            timeout -k 2 \(seconds) /bin/sh -s \(prefix) >\(prefix).s <<'\(end)'

            """
        // Without this trap the batch's shell would leave at once and a script that ignores TERM would stay for good:
        // `timeout` only goes on to KILL while the process that it started is there.
        text += "trap 'exit 143' TERM\n"
        for (index, script) in scripts.enumerated() {
            text += """
                \(run(script, into: "$1.\(index)")); echo $?

                """
        }
        let parts = scripts.indices.map { "\(prefix).\($0)o \(prefix).m \(prefix).\($0)e \(prefix).m" }
        let markers = String(repeating: "\(marker.print); ", count: 2 * scripts.count + 2)
        // When a file is missing (its script never started), the markers that follow end the answer nevertheless.
        text += """
            \(end)
            echo "end $?" >>\(prefix).s; \(marker.print) >\(prefix).m
            cat \(prefix).m \(prefix).s \(prefix).m \(parts.joined(separator: " ")) || { \(markers)}
            \(sweeping(number))

            """
        return text
    }

    /// The same for scripts that take a moment: in the session's own shell, without a program beside their own.
    static func moments(_ scripts: [String], number: Int, marker: Marker) -> String {
        let file = { (index: Int) in "$d/\(number).\(index)" }
        var text = "[ -d \"$d\" ] || exit \(directoryGone)\nr=\n"
        for (index, script) in scripts.enumerated() {
            text += "\(run(script, into: file(index))); r=\"$r$? \"\n"
        }
        text += "\(marker.print); printf '%s\\n' $r 'end 0'; \(marker.print)\n"
        for index in scripts.indices {
            for part in ["o", "e"] {
                let name = file(index) + part
                text += "[ -s \"\(name)\" ] && cat \"\(name)\"; \(marker.print)\n"
            }
        }
        return text + sweeping(number) + "\n"
    }

    /// - Parameter file: how the names of its two files begin, as the shell sees it between double quotes.
    private static func run(_ script: String, into file: String) -> String {
        "( set --; eval \(Quoting.shell(script)) ) >\"\(file)o\" 2>\"\(file)e\" </dev/null"
    }

    private static func sweeping(_ number: Int) -> String {
        number % 16 == 0 ? "rm -f \"$d\"/*" : "for f in \"$d/\(number)\".*; do true >\"$f\"; done"
    }

    /// What a batch's answer says.
    enum Answer: Equatable {
        case results([ShellResult])
        /// The remote side ended the batch at its deadline.
        case ended
        /// Something killed the batch, or there was no room for its answer; the status of `timeout`.
        case incomplete(Int32?)
    }

    static func parse(_ parts: [[UInt8]], scripts: Int) -> Answer {
        let lines = String(decoding: parts.first ?? [], as: UTF8.self).split(separator: "\n")
        let statuses = lines.compactMap { Int32($0) }
        let status = lines.last.flatMap { $0.hasPrefix("end ") ? Int32($0.dropFirst(4)) : nil }
        if status == 124 || (status == 137 && statuses.count < scripts) { return .ended }
        guard status != nil, statuses.count == scripts, parts.count == 1 + 2 * scripts else {
            return .incomplete(status)
        }
        return .results(
            statuses.enumerated().map { index, status in
                ShellResult(
                    status: status,
                    output: String(decoding: parts[1 + 2 * index], as: UTF8.self),
                    errors: String(decoding: parts[2 + 2 * index], as: UTF8.self))
            })
    }
}
