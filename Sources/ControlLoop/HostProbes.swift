import Barman
import ClusterModel
import HostAccess
import PgBouncer
import PostgreSQL
import Repmgr

/// The questions of all reconcilers to one host, joined into one script for each account, and sent in one batch.
struct HostProbes: Sendable {
    let spec: ClusterSpec
    let doors: any Doors
    let deep: Bool
    let earlier: EarlierAnswers

    func server(_ node: NodeSpec) -> PostgreSQL.Observer {
        let passwords = [
            (spec.repmgr.user, spec.repmgr.password), (spec.barman?.user, spec.barman?.password),
            (spec.barman?.streamingUser, spec.barman?.streamingPassword),
        ]
        let roles =
            [spec.repmgr.user, spec.barman?.user, spec.barman?.streamingUser].compactMap { $0 }
            + (spec.pgbouncer?.users ?? [])
        let declared = passwords.compactMap { name, source in name.flatMap { name in source.map { (name, $0) } } }
        return PostgreSQL.Observer(
            node: node,
            need: PostgreSQL.Observer.Need(
                parameters: node.postgresql.parameters.map(\.name), roles: roles,
                passwords: Dictionary(declared) { first, _ in first }, backupRole: spec.barman?.user,
                passfile: node.ensure == .present ? PostgreSQL.Desired.passfile(spec) : []))
    }

    func repmgr(_ node: NodeSpec) -> Repmgr.Observer {
        Repmgr.Observer(node: node, configFile: spec.repmgr.configFile)
    }

    func pooler(_ name: HostName) -> PgBouncer.Observer? {
        guard let pgbouncer = spec.pgbouncer, let host = pgbouncer.hosts.first(where: { $0.name == name }) else {
            return nil
        }
        let postgresql = spec.node(name)?.postgresql ?? spec.postgresql
        return PgBouncer.Observer(
            spec: pgbouncer, host: host, binDirectory: postgresql.binDirectory, osUser: postgresql.osUser,
            nodeHosts: spec.dataNodes.map(\.host))
    }

    var barman: Barman.Observer? {
        spec.barman.map {
            Barman.Observer(
                spec: $0, passfile: Barman.Desired.passfile($0, spec), deep: deep, bootstrap: spec.bootstrap)
        }
    }

    /// The account whose keys matter on this host; nil where nobody logs in for Barman.
    func trustedAccount(_ name: HostName) -> String? {
        guard let barman = spec.barman, Barman.Desired.usesSSH(barman, spec) else { return nil }
        return name == barman.hostName ? "barman" : spec.node(name)?.postgresql.osUser
    }

    func answers(of host: HostSpec) async -> Result<HostProbe.Answers, ShellFailure> {
        let scripts = scripts(for: host)
        do throws(ShellFailure) {
            let results = try await doors.shell(host).run(scripts, deadline: spec.reconcile.commandTimeout)
            let answers = results.reduce(into: HostProbe.Answers()) { $0.add($1.output) }
            return .success(earlier.reused(in: answers, of: host.name))
        } catch {
            return .failure(error)
        }
    }

    private func scripts(for host: HostSpec) -> [ShellScript] {
        var byAccount: [(account: Account, script: String)] = []
        func add(_ account: String, _ script: String) {
            if let index = byAccount.firstIndex(where: { $0.account == .named(account) }) {
                byAccount[index].script += script
            } else {
                byAccount.append((.named(account), script))
            }
        }
        if let node = spec.node(host.name) {
            add(node.postgresql.osUser, server(node).script)
            if node.ensure == .present { add(node.postgresql.osUser, repmgr(node).script) }
        }
        if let pooler = pooler(host.name) {
            add(spec.node(host.name)?.postgresql.osUser ?? spec.postgresql.osUser, pooler.script)
        }
        if let barman, spec.barman?.hostName == host.name { add("barman", barman.script) }
        if let account = trustedAccount(host.name) { add(account, SSHKeys.script) }
        return byAccount.map { ShellScript($0.account, HostProbe.script($0.script)) }
    }
}
