import ClusterModel
package import HostAccess
import Repmgr

extension NodeTexts {
    /// Reads the answers to `Questions.configuration`: the first file that can be read.
    package init?(configuration answers: HostProbe.Answers) {
        let paths = answers.decoded("im.path")
        let texts = answers.decoded("im.conf")
        guard let index = texts.indices.first(where: { texts[$0] != nil && $0 < paths.count }), let path = paths[index],
            let text = texts[index]
        else { return nil }
        self.init()
        configurationPath = path
        configuration = text
    }

    /// Adds the answers to `Questions.host`.
    package mutating func add(host answers: HostProbe.Answers) {
        owner = answers.word("im.owner")
        binDirectory = answers.text("im.bin").text?.trimmed
        port = answers.word("im.port").flatMap { Int($0) }
        unit = answers.word("im.unit").flatMap(Self.serviceUnit)
        daemonRuns = answers.isYes("im.repmgrd")
        guard let ini = answers.text("im.ini").text else { return }
        var pooler = PoolerTexts()
        pooler.path = answers.text("im.inipath").text ?? ""
        pooler.configuration = ini
        pooler.isRunning = answers.isYes("im.pooler")
        pooler.unit = answers.isYes("im.systemd") ? answers.word("im.poolerunit").flatMap(Self.serviceUnit) : nil
        let names = answers.text("im.users").text?.split(separator: "\n") ?? []
        pooler.users = names.map { String($0).replacing("\"\"", with: "\"") }
        let hasDatabases = !INIText(ini).settings(in: "databases").isEmpty
        if pooler.isRunning || hasDatabases { self.pooler = pooler }
    }

    /// A session's or sshd's unit says how somebody started the server by hand, not how it is run.
    private static func serviceUnit(_ name: String) -> String? {
        ["ssh", "sshd", "cron", "crond"].contains(name) || name.hasPrefix("user@") ? nil : name
    }
}

extension ServerTexts {
    /// Reads what `Questions.server` printed; nil when the server said nothing of itself.
    package init?(printed: String) {
        let results = HostSQL.results(printed)
        func records(_ index: Int) -> [[String: String]] {
            index < results.count ? results[index]?.records ?? [] : []
        }
        guard let identity = records(0).first else { return nil }
        self.init()
        inRecovery = identity["recovery"] == "t"
        versionNumber = identity["version"].flatMap { Int($0) } ?? 0
        systemIdentifier = identity["sysid"]
        parameters = Dictionary(records(1).map { ($0["name"] ?? "", $0["setting"] ?? "") }) { $1 }
        senderHost = records(2).first?["sender_host"]
        senderPort = records(2).first?["sender_port"]
        logins = Set(records(3).compactMap { $0["rolname"] })
        registry = Repmgr.Observer.registry(results.count > 4 ? results[4] : nil)
    }
}

extension BarmanTexts {
    /// Reads the answers to `Questions.barman`.
    package init(_ answers: HostProbe.Answers) {
        self.init()
        let texts = answers.decoded("im.conf")
        files = zip(answers.decoded("im.path"), texts).compactMap { path, text in
            path.flatMap { path in text.map { File(path: path, text: $0) } }
        }
        home = answers.text("im.home").text ?? ""
        serviceFile = answers.text("im.service").text ?? ""
        sshConfiguration = answers.text("im.ssh").text ?? ""
    }
}

extension HostProbe.Answers {
    /// Every answer of `file` or `told` under one key; nil for what could not be read.
    fileprivate func decoded(_ key: String) -> [String?] {
        texts(key).map(\.text)
    }
}
