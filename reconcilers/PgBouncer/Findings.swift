package import ClusterModel
import HostAccess

/// What is so with the poolers, in coded findings with their evidence. Nothing is decided here.
package struct Findings {
    private let spec: PgBouncerSpec
    private let observed: [HostName: Seen<Observed>]

    package init(_ spec: PgBouncerSpec, _ observed: [HostName: Seen<Observed>]) {
        self.spec = spec
        self.observed = observed
    }

    package func all() -> [Finding] {
        spec.hosts.flatMap { host in observed[host.name]?.value.map { ofHost(host, $0) } ?? [] }
    }

    private func ofHost(_ host: PoolerHost, _ seen: Observed) -> [Finding] {
        var findings: [Finding] = []
        if !seen.missingPrograms.isEmpty {
            findings.append(
                Finding(
                    .programMissing, host.name, evidence: seen.missingPrograms.map { "not found: \($0)" },
                    remedy: "install Debian's pgbouncer and postgresql-client", severity: .blocking))
        } else if !seen.unwritable.isEmpty {
            findings.append(
                Finding(
                    .notWritable, host.name,
                    evidence: seen.unwritable.map { "\($0) can be neither written nor made by \(host.ssh.user)" },
                    remedy:
                        "set ssh.sudo: true with a sudoers rule for \(host.ssh.user), or make the file once and give it to that account",
                    severity: .blocking))
        }
        if seen.isRunning, seen.configuration != .unreadable, let reason = seen.console.unknownReason {
            findings.append(
                Finding(
                    .consoleRefused, host.name, evidence: ["PgBouncer's console: \(reason)"],
                    remedy: "let \(spec.adminUser) in: admin_users, and unix_socket_dir for its own account",
                    severity: .incomplete))
        }
        let paused = (seen.console.value?.databases ?? []).filter(\.paused)
        for database in seen.console.value?.standing ?? [] {
            findings.append(
                Finding(
                    .poolStands, host.name,
                    evidence: ["\(database): clients wait, and no connection to a server is open or being opened"],
                    remedy:
                        "PgBouncer is paused as a whole (RESUME), or cannot log in at its server: its log says which",
                    severity: .blocking))
        }
        return findings
            + paused.map { Finding(.poolPaused, host.name, evidence: ["\($0.name) is paused: its clients wait"]) }
    }

    /// Managed files that the account may not read.
    package func unreadableFiles(on host: HostName) -> [String] {
        guard let seen = observed[host]?.value else { return [] }
        return (seen.configuration == .unreadable ? [spec.configFile] : [])
            + (seen.authFileIsReadable ? [] : [spec.authFile])
    }

    /// - Parameter roles: of the primary, each with whether it has a password.
    package func ofUsers(_ roles: [String: Bool], on primary: NodeName) -> [Finding] {
        spec.users.filter { roles[$0] != true }.map { user in
            let why = roles[user] == nil ? "there is no role \(user)" : "role \(user) has no password"
            return Finding(
                .poolUserMissing, user, evidence: ["\(why) on \(primary)"],
                remedy: "CREATE ROLE or ALTER ROLE … PASSWORD on the primary: it cannot log in through PgBouncer before"
            )
        }
    }
}
