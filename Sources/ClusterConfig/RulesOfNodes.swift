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
        var addresses: [(path: [Step], value: String?)] = []
        var directories: [(path: [Step], value: String?)] = []
        var seen: Set<String> = []
        for (index, node) in nodes where !node.host.isEmpty {
            let host = node.host.lowercased()
            let address = "\(host):\(node.postgresql.port)"
            addresses.append((path(index, "host"), address))
            // Two nodes with one address are one mistake, not two.
            guard seen.insert(address).inserted else { continue }
            directories.append((path(index, "host"), "\(host):\(node.postgresql.dataDirectory)"))
        }
        refuseDuplicates(addresses)
        refuseDuplicates(directories)
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
        let places = Dictionary(spec.nodes.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, node) in spec.nodes.enumerated() {
            guard let name = node.upstream else { continue }
            let place = path(index, "upstream")
            guard let upstream = places[name].map({ spec.nodes[$0] }) else {
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
            }
        }
        for cycle in cycles(places) {
            let names = (cycle + cycle.prefix(1)).map { spec.nodes[$0].name }
            error(path(cycle[0], "upstream"), "the upstreams form a cycle: " + names.joined(separator: " -> "))
        }
    }

    /// Every cycle of two or more nodes once, as indices, the file's first node of it first.
    private func cycles(_ places: [NodeName: Int]) -> [[Int]] {
        var cycles: [[Int]] = []
        var walkOfNode: [Int: Int] = [:]
        for start in spec.nodes.indices {
            var walk: [Int] = []
            var next: Int? = start
            while let index = next, walkOfNode[index] == nil {
                walkOfNode[index] = start
                walk.append(index)
                next = spec.nodes[index].upstream.flatMap { places[$0] }
            }
            // Only a walk that meets itself has found a cycle; one that meets an earlier walk has found nothing new.
            guard let met = next, walkOfNode[met] == start, let entry = walk.firstIndex(of: met) else { continue }
            let cycle = walk[entry...]
            guard cycle.count > 1, let first = cycle.indices.min(by: { cycle[$0] < cycle[$1] }) else { continue }
            cycles.append(Array(cycle[first...]) + Array(cycle[..<first]))
        }
        return cycles
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

    /// How many synchronous standbys each of these would have as primary. Such a standby streams from the primary
    /// itself, so a cascaded one never counts.
    private func synchronousStandbys(of primaries: [NodeSpec]) -> [Int] {
        let candidates = spec.dataNodes.filter(\.synchronous)
        let direct = candidates.count { $0.upstream == nil }
        let below = Dictionary(grouping: candidates.filter { $0.upstream != nil }, by: { $0.upstream ?? "" })
        return primaries.map { primary in
            let counted = primary.synchronous && primary.upstream == nil ? 1 : 0
            return direct - counted + (below[primary.name]?.count ?? 0)
        }
    }

    mutating func checkDurability() {
        let wanted = spec.durability.standbys
        let primaries = spec.nodes.filter(isEligible)
        guard spec.durability.mode != .asynchronous, hasAllNames, !primaries.isEmpty else { return }
        let counts = synchronousStandbys(of: primaries)
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
