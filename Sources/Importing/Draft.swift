import ClusterModel
import HostAccess
import Repmgr

/// cluster.yaml for a cluster that was built by hand: texts in, text out. Pure.
package struct Draft: Sendable {
    let texts: ClusterTexts
    let nodes: [DraftNode]

    package init(_ texts: ClusterTexts) {
        self.texts = texts
        nodes = texts.registry.sorted { $0.id < $1.id }.map { DraftNode($0, texts.nodes[$0.id]) }
    }

    /// What could not be visited, a sentence each.
    package var gaps: [String] {
        let unseen = nodes.compactMap { node in
            node.unknownReason.map { "\(node.record.name) is written from repmgr's registry alone: \($0)" }
        }
        let backup = texts.barman?.texts.unknownReason.map { "Barman is left out: \($0)" }
        return unseen + (backup.map { [$0] } ?? [])
    }

    package var yaml: String {
        var head: [YAMLText.Entry] = [
            YAMLText.Entry("version", .number(1)),
            YAMLText.Entry("cluster", .text(clusterName.name), comments: clusterName.comments),
        ]
        if let identifier = systemIdentifier { head.append(YAMLText.Entry("system_identifier", .text(identifier))) }
        let sections = [sshSection, postgresqlSection, repmgrSection, nodesSection, failoverSection, durabilitySection]
        return YAMLText.document(head + sections.compactMap { $0 } + poolerSection + barmanSection)
    }

    /// The visited data node that takes writes; without one, what the registry says.
    var primary: DraftNode? {
        let writable = nodes.first { !$0.isWitness && $0.texts?.server?.inRecovery == false }
        return writable ?? nodes.first { $0.record.type == "primary" }
    }

    private var systemIdentifier: String? {
        let seen = primary?.texts?.server ?? nodes.first { !$0.isWitness && $0.texts?.server != nil }?.texts?.server
        return seen?.systemIdentifier
    }

    var clusterName: (name: String, comments: [String]) {
        if let name = texts.name { return (name, []) }
        if let name = backup?.server { return (name, []) }
        let declared = primary?.texts?.server?.parameters["cluster_name"] ?? ""
        let isWord = declared.utf8.allSatisfy { $0 != UInt8(ascii: "/") && $0 > 0x20 && $0 < 0x7F }
        if !declared.isEmpty, isWord { return (declared, []) }
        return ("main", ["name it as you like: nothing on the hosts says how it is called"])
    }

    private var sshSection: YAMLText.Entry? {
        let ssh = texts.ssh
        let standard = SSHSpec()
        var entries: [YAMLText.Entry] = []
        if ssh.user != standard.user { entries.append(.init("user", .text(ssh.user))) }
        if let port = ssh.port { entries.append(.init("port", .number(port))) }
        if let file = ssh.identityFile { entries.append(.init("identity_file", .text(file))) }
        if let file = ssh.knownHostsFile { entries.append(.init("known_hosts_file", .text(file))) }
        if ssh.sudo { entries.append(.init("sudo", .flag(true))) }
        return entries.isEmpty ? nil : YAMLText.Entry("ssh", .mapping(entries))
    }

    private var failoverSection: YAMLText.Entry? {
        let automatic = nodes.contains { $0.texts?.value("failover") == "automatic" }
        let runs = nodes.contains { $0.texts?.daemonRuns == true }
        var entries: [YAMLText.Entry] = []
        if automatic { entries.append(.init("mode", .text("automatic"))) }
        if automatic || runs {
            let comments = runs ? [] : ["repmgr.conf says failover=automatic, but repmgrd was not seen to run"]
            entries.append(.init("owner", .text("repmgrd"), comments: comments))
        }
        for name in ["reconnect_attempts", "reconnect_interval"] {
            guard let value = nodes.lazy.compactMap({ $0.texts?.value(name) }).first, let number = Int(value),
                number > 0
            else { continue }
            // repmgrd waits between its attempts only, and pgregent after each.
            let attempts = automatic ? max(1, number - 1) : number
            entries.append(.init(name, name == "reconnect_interval" ? .text("\(number)s") : .number(attempts)))
        }
        return entries.isEmpty ? nil : YAMLText.Entry("failover", .mapping(entries))
    }

    /// `ANY n (…)` is quorum commit, everything else that is not empty goes by the order of names.
    private var durabilitySection: YAMLText.Entry? {
        let text = primary?.texts?.server?.parameters["synchronous_standby_names"]?.trimmed ?? ""
        guard !text.isEmpty else { return nil }
        let words = text.split { $0 == " " || $0 == "(" }.map(String.init)
        let isQuorum = words.first?.lowercased() == "any"
        let number = words.lazy.prefix(2).compactMap { Int($0) }.first ?? 1
        let comment = "synchronous_standby_names = \(text)"
        return YAMLText.Entry(
            "durability",
            .mapping([
                .init("mode", .text(isQuorum ? "quorum" : "priority"), comments: [comment]),
                .init("standbys", .number(number)),
            ]))
    }
}

/// A registered node, with what its host says of it.
struct DraftNode: Sendable {
    let record: Record
    let texts: NodeTexts?
    let unknownReason: String?
    /// As the registry has it: that is how the nodes reach each other.
    let conninfo: [String: String]

    init(_ record: Record, _ seen: Seen<NodeTexts>?) {
        self.record = record
        texts = seen?.value
        unknownReason = texts == nil ? seen?.unknownReason ?? "it was not visited" : nil
        conninfo = Conninfo.parse(record.conninfo) ?? [:]
    }

    var host: String { conninfo["host"] ?? record.name }
    var isWitness: Bool { record.type == "witness" }

    /// Further libpq parameters; a password is not among them, nor is what cluster.yaml says elsewhere.
    var extras: [String: String] {
        let elsewhere: Set<String> = [
            "host", "port", "user", "dbname", "application_name", "password", "sslpassword", "passfile",
        ]
        return conninfo.filter { key, value in
            // What pgregent adds on its own needs no saying.
            !elsewhere.contains(key) && !(key == "connect_timeout" && value == "2")
        }
    }
}

/// Values that should be the same everywhere: the most frequent one, and on a tie the one that comes first.
func mostFrequent<Value: Hashable>(_ values: [Value]) -> Value? {
    var counts: [Value: Int] = [:]
    for value in values { counts[value, default: 0] += 1 }
    let most = counts.values.max() ?? 0
    return values.first { counts[$0] == most }
}
