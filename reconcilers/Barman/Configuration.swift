import ClusterModel
import HostAccess

/// The three files on the backup host that know the cluster.
struct Configuration {
    let desired: Desired
    private var spec: BarmanSpec { desired.spec }

    /// The server's own file: it is pgregent's whole.
    var server: String {
        var settings = [
            Setting("conninfo", "service=\(spec.alias)"),
            Setting("streaming_conninfo", "service=\(spec.alias) user=\(Quoting.conninfo(spec.streamingUser)) dbname="),
        ]
        if desired.setting("backup_method") == "rsync" { settings.append(Setting("ssh_command", "ssh \(spec.alias)")) }
        for setting in spec.settings {
            settings.removeAll { $0.name == setting.name }
            settings.append(setting)
        }
        let lines = settings.map { "\($0.name) = \($0.value)" }
        return """
            ; Kept by pgregent as cluster.yaml declares it: changes here are overwritten.
            [\(spec.server)]
            \(lines.joined(separator: "\n"))

            """
    }

    /// Does a file say the same as `server`, in whatever order and with whatever comments?
    func isSaid(by content: FileContent) -> Bool {
        guard content.ini.sections == [spec.server] else { return false }
        let (values, should) = (
            content.values(in: spec.server), FileContent.content(server).values(in: spec.server)
        )
        return values.count == should.count
            && should.allSatisfy { name, value in
                guard let said = values[name] else { return false }
                return name.hasSuffix("conninfo") ? Conninfo.same(said, value) : said == value
            }
    }

    // MARK: the alias

    private func serviceSettings(_ source: NodeSpec) -> [Setting] {
        let own = [
            Setting("host", source.host), Setting("port", String(source.postgresql.port)), Setting("user", spec.user),
            Setting("dbname", "postgres"),
        ]
        return own + source.conninfo.filter { extra in !own.contains { $0.name == extra.name } }
    }

    /// `host: vm3 -> vm1` for each key of the alias' section that differs.
    func serviceChanges(in content: FileContent, source: NodeSpec) -> [ValueChange] {
        let file = content.ini
        return serviceSettings(source).compactMap { setting in
            let has = file.value(of: setting.name, in: spec.alias)
            // libpq refuses a line with spaces around the equals sign: the line itself must be right, not only its value.
            let isRight = file.line(of: setting.name, in: spec.alias) == "\(setting.name)=\(setting.value)"
            return isRight ? nil : ValueChange(setting.name, from: has, to: setting.value)
        }
    }

    func serviceFile(_ content: FileContent, source: NodeSpec) -> String {
        var file = content.ini
        for setting in serviceSettings(source) {
            file.set(setting.name, to: setting.value, in: spec.alias, separator: "=")
        }
        return file.text
    }

    private func sshKeys(_ source: NodeSpec) -> [Setting] {
        var keys = [Setting("HostName", source.host), Setting("User", desired.remoteUser)]
        if let port = source.ssh.port { keys.append(Setting("Port", String(port))) }
        return keys
    }

    func sshChanges(in content: FileContent, source: NodeSpec) -> [ValueChange] {
        let file = SSHConfigText(content.text ?? "")
        return sshKeys(source).compactMap { key in
            let has = file.value(of: key.name, host: spec.alias)
            return has == key.value ? nil : ValueChange(key.name, from: has, to: key.value)
        }
    }

    func sshFile(_ content: FileContent, source: NodeSpec) -> String {
        var file = SSHConfigText(content.text ?? "")
        for key in sshKeys(source) where file.value(of: key.name, host: spec.alias) != key.value {
            file.set(key.name, to: key.value, host: spec.alias)
        }
        return file.text
    }
}

/// An OpenSSH client configuration: one `Host` block of it is ours, the rest stays.
struct SSHConfigText {
    private var lines: [String]
    /// A last line without its newline stays so.
    private let end: String

    init(_ text: String) {
        lines = TextLines.pieces(text).map(String.init)
        end = lines.last == "" ? "\n" : ""
        if lines.last == "" { lines.removeLast() }
    }

    var text: String { lines.isEmpty ? "" : lines.joined(separator: "\n") + end }

    /// OpenSSH takes the first value that it meets, in whichever block names the host, alone or with others.
    func value(of key: String, host: String) -> String? {
        value(of: key, host: host, in: lines[...])
    }

    private func value(of key: String, host: String, in lines: ArraySlice<String>) -> String? {
        var applies = false
        for (keyword, argument) in lines.lazy.compactMap(Self.words) {
            switch keyword.lowercased() {
            case "host": applies = argument.split(whereSeparator: \.isWhitespace).contains(Substring(host))
            case "match": applies = false
            case key.lowercased() where applies: return argument
            default: break
            }
        }
        return nil
    }

    mutating func set(_ key: String, to value: String, host: String) {
        addBlock(host, for: key)
        guard let block = block(of: host) else { return }
        let line = "    \(key) \(value)"
        if let index = lines[block].firstIndex(where: { Self.words($0)?.0.lowercased() == key.lowercased() }) {
            lines[index] = line
        } else {
            lines.insert(line, at: block.upperBound)
        }
    }

    /// A new block stands before the first other one: the first value counts, and `Host *` usually comes last. It is
    /// never put above lines that belong to no block, which would become its own. A block that others share is not ours
    /// to change: where it comes first, ours is put above it.
    private mutating func addBlock(_ host: String, for key: String) {
        if let own = block(of: host), value(of: key, host: host, in: lines[..<own.lowerBound]) == nil { return }
        let first = lines.firstIndex(where: Self.opensBlock) ?? lines.endIndex
        lines.insert(contentsOf: ["Host \(host)"], at: first)
    }

    /// The block that is this host's alone.
    private func block(of host: String) -> Range<Int>? {
        guard
            let header = lines.firstIndex(where: {
                Self.words($0).map { $0.0.lowercased() == "host" && $0.1 == host } ?? false
            })
        else { return nil }
        let start = header + 1
        let end = lines[start...].firstIndex(where: Self.opensBlock) ?? lines.endIndex
        return start..<end
    }

    private static func opensBlock(_ line: String) -> Bool {
        guard let word = words(line)?.0.lowercased() else { return false }
        return word == "host" || word == "match"
    }

    /// Keyword and argument; `Key Value` and `Key=Value` mean the same.
    private static func words(_ line: String) -> (String, String)? {
        let trimmed = line.trimmed
        guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { return nil }
        let keyword = trimmed.prefix { !$0.isWhitespace && $0 != "=" }
        let rest = trimmed.dropFirst(keyword.count).drop { $0.isWhitespace || $0 == "=" }
        return (String(keyword), String(rest))
    }
}
