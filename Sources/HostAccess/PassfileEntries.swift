package import ClusterModel

/// The entries that a passfile must have, held against what it holds.
package enum PassfileEntries {
    /// Are all the lines there as they should be? Nil when a declared password cannot be had, so that it cannot be said.
    package static func fit(_ wanted: [FileEdit.KeyedLine], in text: Secret?, doors: any Doors) -> Bool? {
        guard !wanted.isEmpty else { return true }
        var secrets: [SecretUse: Secret] = [:]
        for use in wanted.flatMap(\.line.uses) {
            guard case .passfileField(let source) = use, let password = try? doors.secret(source) else { return nil }
            secrets[use] = Secret(Quoting.passfile(password.exposed))
        }
        let lines = text?.exposed.split(separator: "\n").map(String.init) ?? []
        return wanted.allSatisfy { entry in
            lines.first { $0.hasPrefix(entry.prefix) } == entry.line.resolved(secrets)?.exposed
        }
    }
}
