import ClusterModel
import FoundationEssentials
import Glibc
import HostAccess
import TestKit

/// A host that is a directory of this machine. Its name breaks what is quoted badly; programs in its `bin` stand for those of a
/// host, and its `home` for an account's.
struct HostDirectory {
    struct Ran: Equatable {
        var status: Int32
        var output: String
        var errors: String
    }

    let path: String

    /// - Parameter body: is given a new and empty one, which is removed afterwards, with what still runs there.
    static func with<Result>(_ body: (HostDirectory) throws -> Result) throws -> Result {
        let host = HostDirectory(
            path: FileManager.default.temporaryDirectory.appending(
                path: "it's a $(host)-\(UInt64.random(in: 0 ... .max))"
            ).path)
        for folder in ["bin", "home"] {
            try FileManager.default.createDirectory(
                atPath: host.path + "/" + folder, withIntermediateDirectories: true)
        }
        defer {
            for file in ["started", "main/postmaster.pid"] {
                for word in (host.text(file) ?? "").split(separator: "\n") {
                    if let process = Int32(word), process > 1 { kill(process, SIGKILL) }
                }
            }
            _ = Self.system("rm -rf \(Quoting.shell(host.path))")
        }
        return try body(host)
    }

    /// A test's thread blocks signals, and a program inherits that; those of a host hear them.
    private static func system(_ command: String) -> Int32 {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        return Glibc.system(command)
    }

    /// A node of a declared cluster whose data directory is `main`, with its configuration in `etc`.
    func node(_ name: NodeName = "vm3", service: ServiceSpec = .pgCtl) -> NodeSpec {
        var node = Declared.node(number: 3, in: Declared.cluster(nodes: 3))
        node.name = name
        node.postgresql.dataDirectory = path + "/main"
        node.postgresql.configDirectory = path + "/etc"
        node.postgresql.binDirectory = path + "/bin"
        node.postgresql.service = service
        return node
    }

    func write(_ name: String, _ text: String) throws {
        let file = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(
            atPath: file.deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// A program of the host, for `sh`.
    func program(_ name: String, _ body: String) throws {
        // By a process of its own: what this one has open for writing a test beside this one may inherit, and such a file
        // cannot be run meanwhile.
        try write("home/program", "#!/bin/sh\n\(body)\n")
        let place = Quoting.shell(path)
        _ = Self.system("cd \(place) && cp home/program bin/\(name) && chmod 755 bin/\(name) && rm home/program")
    }

    /// What a file says; nil: there is none.
    func text(_ name: String) -> String? {
        (try? Data(contentsOf: URL(filePath: path + "/" + name))).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The record of its node; nil: there is none.
    var record: HostRecord? { text("home/.pgregent/vm3").flatMap { HostRecord(text: $0, now: nil) } }

    /// Makes it say this, and nothing else.
    func setRecord(_ sections: String...) throws {
        try write("home/.pgregent/vm3", HostRecord.version + "\n" + sections.joined())
    }

    /// Unfinished work that nobody is at.
    static func left(_ kind: UnfinishedWork.Kind, makesConfiguration: Bool = false) -> String {
        UnfinishedWork(kind, makesConfiguration: makesConfiguration, process: "999999999 1").lines
    }

    /// Work that this process is at.
    static func own(_ kind: UnfinishedWork.Kind) throws -> String {
        let stat = String(decoding: try Data(contentsOf: URL(filePath: "/proc/self/stat")), as: UTF8.self)
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        return UnfinishedWork(kind, process: "\(getpid()) \(fields[19])").lines
    }

    func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path + "/" + folder)) ?? []).sorted()
    }

    /// As a session of pgregent runs it.
    func run(_ script: String, input: String = "") throws -> Ran {
        try write("script", "( set --; eval \(Quoting.shell(script)) )\n")
        try write("input", input)
        let place = Quoting.shell(path)
        let status = Self.system(
            "cd \(place) && HOME=\(place)/home PATH=\(place)/bin:\"$PATH\" sh script <input >output 2>errors")
        return Ran(status: status >> 8 & 255, output: text("output") ?? "", errors: text("errors") ?? "")
    }

    func run(_ operation: Operation?, input: String = "") throws -> Ran {
        guard let text = operation?.text else { return Ran(status: -1, output: "", errors: "no operation") }
        return try run(text, input: input)
    }

    func run(_ check: Check?) throws -> Ran {
        guard case .script(let text)? = check?.question else { return Ran(status: -1, output: "", errors: "no check") }
        return try run(text)
    }

    /// Starts a program that works in the data directory, and calls it the postmaster.
    func startServer() throws { try start("exec sleep 60", in: "main", writing: "postmaster.pid") }

    /// Starts one that ends at a signal, as a postmaster does (a shell in the background could not trap it).
    func startServer(endsAt signal: String) throws {
        let server =
            #"$SIG{\#(signal)} = sub { unlink "postmaster.pid"; exit }; open F, ">../ready"; close F; sleep 1 while 1"#
        try start("exec perl -e '\(server)'", in: "main", writing: "postmaster.pid")
        _ = try run("until [ -e ready ]; do sleep 0.005; done")
    }

    /// Starts a shell in a folder, with its process id in a file there. It is waited for, as init does.
    func start(_ command: String, in folder: String, writing file: String) throws {
        try FileManager.default.createDirectory(atPath: path + "/" + folder, withIntermediateDirectories: true)
        let place = Quoting.shell(path)
        let name = Quoting.shell(file)
        _ = Self.system(
            """
            cd \(place)/\(folder) && rm -f \(name)
            ( sh -c \(Quoting.shell(command)) & echo $! >>\(place)/started; echo $! >\(name).new; mv \(name).new \(name)
            cd /; wait ) >/dev/null 2>&1 </dev/null &
            until [ -e \(name) ]; do sleep 0.005; done
            """)
    }

    /// A file's process is there, and is not one that nobody has waited for.
    func lives(_ file: String = "main/postmaster.pid") -> Bool {
        guard let process = text(file)?.split(separator: "\n").first.flatMap({ Int32($0) }) else { return false }
        let status = (try? Data(contentsOf: URL(filePath: "/proc/\(process)/stat"))).map {
            String(decoding: $0, as: UTF8.self)
        }
        return status.map { !$0.contains(") Z ") } ?? false
    }
}

extension Operation {
    /// What runs on its own host.
    var text: String? {
        switch work {
        case .script(let text): text.redacted
        case .caughtUp(_, let script): script
        case .transfer(_, _, _, let consume): consume
        case .write(let write): write.check
        default: nil
        }
    }
}
