import ClusterModel
package import HostAccess

/// What one account on one host has for logging in elsewhere, and for letting others in.
package struct SSHKeys: Sendable, Equatable {
    /// The public key's type and body (`ssh-ed25519 AAAA…`); nil: the account has no key.
    package var publicKey: String?
    /// Type and body of each key that may log in.
    package var authorized: Set<String>
    /// `NAME type body` for each host that is known; hashed names cannot be told.
    package var known: Set<String>
    /// The host's own key, as others should know it.
    package var hostKey: String?

    package init(publicKey: String?, authorized: Set<String>, known: Set<String>, hostKey: String?) {
        self.publicKey = publicKey
        self.authorized = authorized
        self.known = known
        self.hostKey = hostKey
    }

    /// The questions to a host, as the account in question.
    package static let script = "\(Scripts.observeTrust.text)\n"

    package init(_ answers: HostProbe.Answers) {
        publicKey = answers.text("tr.key").text.flatMap { Self.keys($0).first }
        authorized = Set(answers.text("tr.authorized").text.map(Self.keys) ?? [])
        known = Set(answers.text("tr.known").text.map(Self.knownLines) ?? [])
        hostKey = answers.text("tr.host").text.flatMap { Self.keys($0).first }
    }

    /// Type and body of the key in each line, whatever options stand before it.
    private static func keys(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let type = words.firstIndex(where: { $0.hasPrefix("ssh-") || $0.hasPrefix("ecdsa-") }),
                type + 1 < words.count,
                !line.hasPrefix("#")
            else { return nil }
            return "\(words[type]) \(words[type + 1])"
        }
    }

    private static func knownLines(_ text: String) -> [String] {
        text.split(separator: "\n").flatMap { line -> [String] in
            let words = line.split(separator: " ")
            guard words.count >= 3 else { return [] }
            return words[0].split(separator: ",").map { "\($0) \(words[1]) \(words[2])" }
        }
    }
}

extension SSHAccess {
    /// What is missing, in words; empty when the passage is open, nil when it cannot be said.
    func lacking(_ sshKeys: [HostName: SSHKeys]) -> [String]? {
        guard let source = sshKeys[from], let target = sshKeys[to] else { return nil }
        var lacking: [String] = []
        if let key = source.publicKey {
            if !target.authorized.contains(key) { lacking.append("key not authorised") }
        } else {
            lacking.append("no key")
        }
        if let hostKey = target.hostKey, !source.known.contains("\(knownName) \(hostKey)") {
            lacking.append("host key not known")
        }
        return lacking
    }
}
