import Barman
package import ClusterModel
import HostAccess
import PgBouncer
import Planning
import PostgreSQL
import Repmgr
import Systems

/// What hands do to files, registries, pools and the backup.
extension Scenario {
    package mutating func forgetRecord(of name: NodeName) throws {
        let id = try node(named: name).id
        editRegistry { $0.removeAll { $0.id == id } }
    }

    package mutating func falsifyRecord(of name: NodeName, priority: Int) throws {
        let id = try node(named: name).id
        editRegistry { records in
            for index in records.indices where records[index].id == id { records[index].priority = priority }
        }
    }

    /// Somebody edited a pool's line; with a reload the process uses it, too.
    package mutating func editPool(_ pool: String, on host: HostName, to target: String, reloaded: Bool = true) {
        editPooler(host) { pooler in
            var file = INIText(pooler.configuration.text ?? "")
            file.set(pool, to: "host=\(target) port=5432 dbname=postgres", in: "databases")
            pooler.configuration = .content(file.text)
            if reloaded { PgBouncer.Effect.read(&pooler) }
        }
    }

    /// The process uses another host than its file says: a rewrite whose reload never came.
    package mutating func forgetReload(of pool: String, on host: HostName, from target: String, port: String = "5432") {
        editPooler(host) { pooler in
            guard case .known(var console) = pooler.console else { return }
            for index in console.databases.indices where console.databases[index].name == pool {
                console.databases[index].host = target
                console.databases[index].port = port
            }
            pooler.console = .known(console)
        }
    }

    package mutating func forgetSetting(_ name: String, on host: HostName, from value: String) {
        editPooler(host) { pooler in
            guard case .known(var console) = pooler.console else { return }
            console.settings[name] = value
            pooler.console = .known(console)
        }
    }

    package mutating func pause(_ pool: String, on host: HostName) {
        editPooler(host) { pooler in
            guard case .known(var console) = pooler.console else { return }
            for index in console.databases.indices where console.databases[index].name == pool {
                console.databases[index].paused = true
            }
            pooler.console = .known(console)
        }
    }

    package mutating func stopPooler(on host: HostName) {
        editPooler(host) { pooler in
            pooler.isRunning = false
            pooler.console = .unknown(reason: "PgBouncer does not run")
        }
    }

    package mutating func refuseConsole(on host: HostName) {
        editPooler(host) { $0.console = .unknown(reason: "FATAL: not allowed") }
    }

    /// Clients wait, and no connection to a server is open.
    package mutating func stand(_ database: String, on host: HostName) {
        editConsole(of: host) { $0.standing = [database] }
    }

    /// A client waits for the answer of a server that the pool led to before.
    package mutating func stray(_ database: String, on host: HostName, to node: NodeName) {
        editConsole(of: host) { $0.strays = [Console.Stray(host: node, database: database)] }
    }

    private mutating func editConsole(of host: HostName, _ change: (inout Console) -> Void) {
        editPooler(host) { pooler in
            guard case .known(var console) = pooler.console else { return }
            change(&console)
            pooler.console = .known(console)
        }
    }

    package mutating func repointAlias(to target: String) {
        guard let barman = spec.barman, case .known(var host)? = snapshot.barman else { return }
        var file = INIText(host.serviceFile.text ?? "")
        file.set("host", to: target, in: barman.alias, separator: "=")
        host.serviceFile = .content(file.text)
        snapshot.barman = .known(host)
    }

    /// A hand in the managed block of postgresql.conf, read by the server.
    package mutating func setParameter(_ name: String, to value: String, on node: NodeName) {
        edit(node) { host in
            let text = host.configuration.text ?? ""
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
                line.hasPrefix("\(name) =") ? "\(name) = '\(value)'" : String(line)
            }
            host.configuration = .content(lines.joined(separator: "\n"))
        }
        editServer(node) { server in
            let unit = server.parameters[name]?.unit
            server.parameters[name]?.value = PostgreSQL.Effect.stored(value, unit: unit)
        }
    }

    package mutating func alterSystem(_ name: String, to value: String, on node: NodeName) {
        editServer(node) { server in
            let unit = server.parameters[name]?.unit
            server.parameters[name]?.value = PostgreSQL.Effect.stored(value, unit: unit)
            server.parameters[name]?.sourceFile = "/var/lib/postgresql/15/main/postgresql.auto.conf"
            server.parameters[name]?.sourceLine = "3"
        }
    }

    /// A program is not installed; `programs` of PostgreSQL, repmgr, PgBouncer and Barman are told apart by name.
    package mutating func removeProgram(_ program: String, from host: HostName) {
        switch program {
        case "pgbouncer": editPooler(host) { $0.missingPrograms.append(program) }
        case "barman":
            guard case .known(var seen)? = snapshot.barman else { return }
            seen.missingPrograms.append(program)
            snapshot.barman = .known(seen)
        case "repmgr":
            guard case .known(var seen)? = snapshot.repmgr[host]?.host else { return }
            seen.missingPrograms.append(program)
            snapshot.repmgr[host]?.host = .known(seen)
        default: edit(host) { $0.missingPrograms.append(program) }
        }
    }

    package mutating func failBarmanCheck(_ words: String) {
        guard case .known(var seen)? = snapshot.barman else { return }
        seen.check = .init(passed: false, failed: [words])
        snapshot.barman = .known(seen)
    }
}

/// What cluster.yaml asks for in addition.
extension Scenario {
    package mutating func declare(_ name: NodeName, _ change: (inout NodeSpec) -> Void) throws {
        guard let index = spec.nodes.firstIndex(where: { $0.name == name }) else {
            throw Mistake(description: "there is no node \(name)")
        }
        change(&spec.nodes[index])
    }

    /// A parameter for all nodes.
    package mutating func declareParameter(_ name: String, _ value: String) {
        func set(_ settings: inout [Setting]) {
            settings.removeAll { $0.name == name }
            settings.append(Setting(name, value))
        }
        set(&spec.postgresql.parameters)
        for index in spec.nodes.indices { set(&spec.nodes[index].postgresql.parameters) }
    }

    package mutating func declareWitness(_ name: NodeName) {
        var witness = Declared.node(number: spec.nodes.count + 1, in: spec)
        witness.name = name
        witness.host = name
        witness.kind = .witness
        spec.nodes.append(witness)
        addBareNode(name)
    }

    package mutating func declareNode(_ name: NodeName) {
        var node = Declared.node(number: spec.nodes.count + 1, in: spec)
        node.name = name
        node.host = name
        spec.nodes.append(node)
        addBareNode(name)
    }
}
