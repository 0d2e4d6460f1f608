import ClusterModel
import YAML

extension Rules {
    private func path(_ index: Int, _ key: String) -> [Step] {
        ["nodes", .index(index), .key(key)]
    }

    /// Every node's name is known: only then can a reference be called wrong.
    private var hasAllNames: Bool {
        spec.nodes.allSatisfy { !$0.name.isEmpty }
    }

    mutating func checkNodes() {
        let nodes = Array(spec.nodes.enumerated())
        // PostgreSQL compares names in synchronous_standby_names without regard to case.
        refuseDuplicates(nodes.map { (path($0, "name"), $1.name.lowercased()) })
        refuseDuplicates(nodes.map { (path($0, "id"), $1.id == 0 ? nil : "\($1.id)") }, shown: { $0 })
        refuseDuplicates(
            nodes.map { (path($0, "host"), $1.host.isEmpty ? nil : "\($1.host.lowercased()):\($1.postgresql.port)") })
        refuseDuplicates(
            nodes.map { index, node in
                let directory = "\(node.host.lowercased()):\(node.postgresql.dataDirectory)"
                return (path(index, "host"), node.host.isEmpty ? nil : directory)
            })
        for (index, node) in nodes where spec.durability.mode != .asynchronous {
            let isPrintable = node.name.unicodeScalars.allSatisfy { (0x20...0x7E).contains($0.value) }
            if !isPrintable || node.name == "*" {
                let message = "synchronous_standby_names cannot tell \(quoted(node.name)) from other names"
                error(path(index, "name"), message)
            }
        }
    }

    mutating func checkUpstreams() {
        guard hasAllNames else { return }
        var reported: Set<NodeName> = []
        let nodes = Dictionary(spec.nodes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, node) in spec.nodes.enumerated() {
            guard let name = node.upstream else { continue }
            let place = path(index, "upstream")
            guard let upstream = nodes[name] else {
                let hint = Suggestion.hint(for: name, among: spec.nodes.map(\.name))
                error(place, "no node is named \(quoted(name))\(hint)")
                continue
            }
            if node.kind == .witness {
                error(place, "a witness follows the primary")
            } else if name == node.name {
                error(place, "a node cannot be its own upstream")
            } else if upstream.kind == .witness {
                error(place, "\(quoted(name)) is a witness and holds no data")
            } else if upstream.ensure == .absent && node.ensure == .present {
                error(place, "\(quoted(name)) is declared absent")
            } else if let cycle = cycle(from: node, in: nodes), !cycle.contains(where: reported.contains) {
                reported.formUnion(cycle)
                error(place, "the upstreams form a cycle: " + (cycle + [node.name]).joined(separator: " -> "))
            }
        }
    }

    /// The names from this node up to itself; nil when it is not part of a cycle.
    private func cycle(from node: NodeSpec, in nodes: [NodeName: NodeSpec]) -> [NodeName]? {
        var names = [node.name]
        var next = node.upstream
        while let name = next, names.count <= nodes.count {
            if name == node.name { return names.count > 1 ? names : nil }
            names.append(name)
            next = nodes[name]?.upstream
        }
        return nil
    }

    /// May it be primary once its maintenance is over?
    private func isEligible(_ node: NodeSpec) -> Bool {
        var node = node
        node.maintenance = false
        return node.mayBePrimary
    }

    mutating func checkEligibility() {
        guard !spec.nodes.isEmpty else { return }
        if !spec.nodes.contains(where: isEligible) {
            error(["nodes"], "no node may be primary: that takes a data node with a positive priority and no delay")
        }
        guard case .node(let name) = spec.preferredPrimary, hasAllNames else { return }
        guard let node = spec.node(name) else {
            let known = spec.nodes.map(\.name) + ["none", "highest_priority"]
            let hint = Suggestion.hint(for: name, among: known)
            return error(["preferred_primary"], "no node is named \(quoted(name))\(hint)")
        }
        if !isEligible(node) {
            let reasons = "witness, absent, delayed or priority 0"
            error(["preferred_primary"], "\(quoted(name)) may never be primary (\(reasons))")
        }
    }

    /// A synchronous standby streams from the primary itself, so a cascaded one never counts.
    private func synchronousStandbys(of primary: NodeSpec) -> Int {
        spec.dataNodes.count {
            $0.name != primary.name && $0.synchronous && ($0.upstream == nil || $0.upstream == primary.name)
        }
    }

    mutating func checkDurability() {
        let wanted = spec.durability.standbys
        let primaries = spec.nodes.filter(isEligible)
        guard spec.durability.mode != .asynchronous, hasAllNames, !primaries.isEmpty else { return }
        let counts = primaries.map { synchronousStandbys(of: $0) }
        let most = counts.max() ?? 0
        if wanted > most {
            let declared = most == 1 ? "only 1 synchronous standby is" : "only \(most) synchronous standbys are"
            return error(["durability", "standbys"], "\(wanted) wanted, but \(declared) declared")
        }
        for (primary, count) in zip(primaries, counts) where wanted > count {
            warning(
                ["durability", "standbys"],
                "\(wanted) wanted, but with \(quoted(primary.name)) as primary there are only \(count)")
        }
    }
}
