import ClusterModel
import YAML

/// A mapping with known keys, and the spec that it becomes.
struct Section<Spec: Equatable & Sendable>: Sendable {
    let keys: [Key<Spec>]
    /// What the spec is in a file that does not say anything about it.
    private let preset: @Sendable (ClusterSpec) -> Spec

    init(_ preset: Spec, @KeyList<Spec> _ keys: () -> [Key<Spec>]) {
        self.init(from: { _ in preset }, keys)
    }

    /// A section whose defaults follow from what the file says before it.
    init(from preset: @escaping @Sendable (ClusterSpec) -> Spec, @KeyList<Spec> _ keys: () -> [Key<Spec>]) {
        self.keys = keys()
        self.preset = preset
    }

    /// The spec before the section itself is read.
    func start(in cluster: ClusterSpec) -> Spec {
        var spec = preset(cluster)
        for key in keys { key.begin(&spec, cluster) }
        return spec
    }

    /// Reads a mapping over a spec.
    ///
    /// The keys are read in the order of the table, whatever the file's order is, so that a key may rest on those
    /// before it. Problems keep the file's order.
    ///
    /// - Parameter cluster: What the file has said by then, given this section's own spec so far.
    func read(
        _ node: Node, _ pairs: [Pair], over base: Spec, at place: Place, _ problems: inout Problems,
        cluster: ((Spec) -> ClusterSpec)? = nil
    ) -> Spec {
        var spec = base
        let indices = Dictionary(pairs.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
        var found = pairs.map { _ in Problems() }
        var missing = Problems()
        let suffix = place.path.isEmpty ? "" : " in \(place.path)"
        for key in keys {
            guard let index = indices[key.name] else {
                if key.isRequired { missing.error(node.start, "missing key \"\(key.name)\"\(suffix)") }
                continue
            }
            if key.isNullable && pairs[index].value.isNull { continue }
            var here = place.key(key.name)
            if let cluster { here.cluster = cluster(spec) }
            key.read(pairs[index].value, &spec, here, &found[index])
        }
        let names = keys.map(\.name)
        for (pair, found) in zip(pairs, found) {
            problems.append(found)
            if !names.contains(pair.key) { problems.unknownKey(pair, suffix, among: names) }
        }
        problems.append(missing)
        return spec
    }

    /// All keys, or only those that differ from a base.
    func write(_ spec: Spec, over base: Spec?, in cluster: ClusterSpec) -> Written {
        .keys(keys.map { ($0.name, $0.write(spec, base, cluster)) })
    }

    func fill(_ spec: inout Spec, in cluster: ClusterSpec) {
        for key in keys { key.fill(&spec, cluster) }
    }

    var outline: Outline {
        let start = start(in: .empty)
        return .mapping(keys.map { $0.outline(start) })
    }

    /// The same keys where a node or host overrides them: nothing is required, nothing has a default of its own.
    var overridingOutline: Outline {
        .mapping(
            outline.keys.map { key in
                var key = key
                key.preset = nil
                key.isRequired = false
                return key
            })
    }
}

extension Section<ClusterSpec> {
    /// Reads the whole file; what is refused reads as if it were left out.
    func read(file root: Node, _ problems: inout Problems) -> ClusterSpec {
        var spec = start(in: .empty)
        let place = Place(path: "", cluster: spec)
        if case .mapping(let pairs) = root.content {
            spec = read(root, pairs, over: spec, at: place, &problems, cluster: \.self)
        } else {
            problems.mismatch(root, outline, at: place.path)
        }
        for key in keys { key.fill(&spec, spec) }
        let filled = spec
        spec.barman?.nameHost(in: filled)
        return spec
    }
}

/// Collects the keys of a section, one a line.
@resultBuilder enum KeyList<Spec: Equatable & Sendable> {
    static func buildExpression(_ key: Key<Spec>) -> Key<Spec> { key }
    static func buildBlock(_ keys: Key<Spec>...) -> [Key<Spec>] { keys }
}
