import ClusterModel
import HostAccess
import Repmgr

/// Barman's server for this cluster, as its files have it.
struct Backup {
    var server: String
    var file: String
    var settings: [Setting]
    /// The section of the service file; nil: its conninfo names the host itself.
    var alias: String?
    var host: String?
    var user: String?
    var streamingUser: String?
    var directory: String
    var home: String
}

extension Draft {
    private static let saidElsewhere: Set<String> = [
        "conninfo", "streaming_conninfo", "ssh_command", "barman_home", "configuration_files_directory",
    ]

    /// Nil without a backup host, or when no server's section, or not exactly one, leads to this cluster.
    var backup: Backup? { barmanServers.count == 1 ? barmanServers[0] : nil }

    private var barmanServers: [Backup] {
        guard let barman = texts.barman, let seen = barman.texts.value else { return [] }
        let servers = seen.files.flatMap { file in
            INIText(file.text).sections.filter { $0 != "barman" }.map { backup($0, file, seen) }
        }
        if let name = barman.server { return servers.filter { $0.server == name } }
        let leading = servers.filter { server in nodes.contains { $0.host == server.host } }
        return leading.isEmpty && servers.count == 1 ? servers : leading
    }

    private func backup(_ server: String, _ file: BarmanTexts.File, _ seen: BarmanTexts) -> Backup {
        let settings = INIText(file.text).settings(in: server)
        func parameters(_ key: String) -> [String: String] {
            settings.last { $0.name == key }.flatMap { Conninfo.parse($0.value) } ?? [:]
        }
        let conninfo = parameters("conninfo")
        let service = INIText(seen.serviceFile)
        func value(_ key: String) -> String? {
            conninfo[key] ?? conninfo["service"].flatMap { service.value(of: key, in: $0) }
        }
        let main = seen.files.first.map { INIText($0.text) }
        return Backup(
            server: server, file: file.path, settings: settings, alias: conninfo["service"], host: value("host"),
            user: value("user"), streamingUser: parameters("streaming_conninfo")["user"],
            directory: main?.value(of: "configuration_files_directory", in: "barman") ?? "/etc/barman.d",
            home: main?.value(of: "barman_home", in: "barman") ?? seen.home)
    }

    /// The section; or, where there is none to write, the reason as a comment.
    var barmanSection: [YAMLText.Entry] {
        guard let barman = texts.barman else { return [] }
        if let reason = barman.texts.unknownReason {
            return [.comment("barman: \(barman.host) could not be visited: \(reason)")]
        }
        guard let backup else {
            let names = barmanServers.map(\.server)
            let reason =
                names.isEmpty
                ? "no server's section leads to this cluster"
                : "several servers' sections do (\(names.joined(separator: ", ")))"
            return [.comment("barman: on \(barman.host) \(reason): name it with --barman-server")]
        }
        let own = "\(backup.directory)/\(backup.server).conf"
        guard backup.file == own else {
            return [
                .comment(
                    "barman: [\(backup.server)] stands in \(backup.file); move it to \(own), which will be pgregent's, and import again"
                )
            ]
        }
        return [.init("barman", .mapping(entries(backup, barman)))]
    }

    private func entries(_ backup: Backup, _ barman: ClusterTexts.Barman) -> [YAMLText.Entry] {
        var entries: [YAMLText.Entry] = [.init("host", .text(barman.host))]
        if barman.sshUser != "barman" { entries.append(.init("ssh", .mapping([.init("user", .text(barman.sshUser))]))) }
        if backup.server != clusterName.name { entries.append(.init("server", .text(backup.server))) }
        func add(_ key: String, _ value: String?, _ usual: String) {
            if let value, !value.isEmpty, value != usual { entries.append(.init(key, .text(value))) }
        }
        add("configuration_directory", backup.directory, "/etc/barman.d")
        add("home", backup.home, "/var/lib/barman")
        add("alias", backup.alias, backup.server)
        add("user", backup.user, "barman")
        entries.append(.comment("password: {file: /etc/pgregent/barman.password}"))
        add("streaming_user", backup.streamingUser, "streaming_barman")
        entries.append(.comment("streaming_password: {file: /etc/pgregent/streaming_barman.password}"))
        let follows = nodes.first { $0.host == backup.host }
        if let follows, follows.record.id != primary?.record.id { entries.append(.init("follow", .text("standby"))) }
        let settings = backup.settings.filter { !Self.saidElsewhere.contains($0.name) && !$0.name.contains("password") }
        if !settings.isEmpty {
            entries.append(.init("settings", .mapping(settings.map { .init($0.name, .value($0.value)) })))
        }
        return entries
    }
}
