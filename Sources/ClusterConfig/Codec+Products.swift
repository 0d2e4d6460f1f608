import ClusterModel
import JSONText
import YAML

extension Codec<SecretSource> {
    /// `{file: PATH}` or `{env: NAME}`; a text is refused without being shown, for it may be the password itself.
    static var secret: Codec {
        let section = Keys.secret
        let names = section.keys.map(\.name)
        let expectation = "{file: PATH} or {env: NAME}"
        return Codec(
            outline: .secret(section.outline.keys, expectation: expectation),
            read: { node, _, place, problems in
                guard case .mapping(let pairs) = node.content else {
                    problems.error(node.start, Passwords.rule(place.path))
                    problems.hide(node)
                    return nil
                }
                let source = section.read(node, pairs, over: SecretKeys(), at: place, &problems)
                let count = pairs.count { names.contains($0.key) && !$0.value.isNull }
                if count != 1 && pairs.allSatisfy({ names.contains($0.key) }) {
                    let found = count == 0 ? "neither" : "both"
                    problems.error(node.start, "\(place.path): expected \(expectation), found \(found)")
                }
                return source.file.map { .file($0) } ?? source.environment.map { .environment($0) }
            },
            write: { source, _, cluster in section.write(SecretKeys(source), over: nil, in: cluster) })
    }
}

extension Outline {
    /// A mapping with exactly one of these keys.
    fileprivate static func secret(_ keys: [KeyOutline], expectation: String) -> Outline {
        let one = keys.map { key in
            JSON.object([
                .init("type", "object"), .init("additionalProperties", false),
                .init("required", .array([.string(key.name)])),
                .init("properties", .object([.init(key.name, key.schema(nullable: false))])),
            ])
        }
        return Outline(
            schema: .object([.init("anyOf", .array(one))]), expectation: expectation, keys: keys,
            form: .shared("password"))
    }
}

/// The keys of a secret.
struct SecretKeys: Equatable, Sendable {
    var file: String?
    var environment: String?
}

extension SecretKeys {
    fileprivate init(_ source: SecretSource) {
        switch source {
        case .file(let path): file = path
        case .environment(let name): environment = name
        }
    }
}

extension Codec<ServiceSpec> {
    /// One of these by its name, or a mapping with a unit or commands.
    static func service(_ simple: ServiceSpec...) -> Codec {
        var codec = either(
            choice(simple, named: \.simpleName),
            Codec<ServiceKeys>.section(Keys.service).map(\.service, back: { ServiceKeys($0) }))
        codec.outline.form = .shared("service")
        return codec
    }
}

/// The keys of a service that is not one of pgregent's own kinds.
struct ServiceKeys: Equatable, Sendable {
    var systemd: String?
    var start: String?
    var stop: String?
    var restart: String?
    var reload: String?
}

extension ServiceKeys {
    fileprivate init(_ service: ServiceSpec) {
        switch service {
        case .pgCtlCluster, .pgCtl, .pgbouncer: self.init()
        case .systemd(let unit): self.init(systemd: unit)
        case .commands(let start, let stop, let restart, let reload):
            self.init(start: start, stop: stop, restart: restart, reload: reload)
        }
    }

    fileprivate var service: ServiceSpec {
        if let systemd { return .systemd(unit: systemd) }
        return .commands(start: start, stop: stop, restart: restart, reload: reload)
    }
}

extension ServiceSpec {
    /// The one word that says it; nil where it takes a mapping.
    fileprivate var simpleName: String? {
        switch self {
        case .pgCtlCluster: "pg_ctlcluster"
        case .pgCtl: "pg_ctl"
        case .pgbouncer: "pgbouncer"
        case .systemd(nil): "systemd"
        case .systemd, .commands: nil
        }
    }
}

extension Codec<PreferredPrimary> {
    /// A node's name, or one of two words.
    static var preferredPrimary: Codec {
        var codec: Codec<PreferredPrimary> = Codec<String>.text(.name).map(
            { name in
                switch name {
                case "none": .none
                case "highest_priority": .highestPriority
                default: .node(name)
                }
            },
            back: { preferred in
                switch preferred {
                case .none: "none"
                case .highestPriority: "highest_priority"
                case .node(let name): name
                }
            })
        codec.outline.pageWords = "`none`, `highest_priority`, or the name of a node"
        return codec
    }
}

extension Codec<Duration?> {
    /// No time is no delay.
    static var delay: Codec {
        Codec<Duration>.duration.map({ $0 == .zero ? nil : $0 }, back: { $0 })
    }
}

extension Codec<[PoolerHost]> {
    /// Names of nodes, and mappings for hosts of their own.
    ///
    /// The name of no node is left out, and a rule reports it; so is a mapping that lacks a name or an address.
    static var poolerHosts: Codec {
        let name = Codec<String>.text(.name).map(
            { PoolerHost(name: $0, address: "", ssh: SSHSpec(), isNode: true) }, back: { $0.isNode ? $0.name : nil })
        var codec = list(of: .either(name, .section(Keys.poolerHost)))
        codec.read = { [read = codec.read] node, present, place, problems in
            let nodes = Dictionary(
                place.cluster.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
            return read(node, present, place, &problems)?.compactMap { host in
                if host.isNode { return nodes[host.name].map(PoolerHost.init(node:)) }
                return host.name.isEmpty || host.address.isEmpty ? nil : host
            }
        }
        return codec
    }
}

extension PoolerHost {
    init(node: NodeSpec) {
        self.init(name: node.name, address: node.host, ssh: node.ssh, isNode: true)
    }
}
