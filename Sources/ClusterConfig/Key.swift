import ClusterModel
import JSONText
import YAML

/// One key of a section: its name, where its value is kept in the spec, how the value is written, and a sentence.
///
/// Everything that pgregent knows about a key stands in its one line of a table. The default is what the spec's own
/// type says.
struct Key<Spec: Equatable & Sendable>: Sendable {
    let name: String
    let isRequired: Bool
    let isNullable: Bool
    /// The key as the schema and the page describe it, where a new spec is `start`.
    private(set) var outline: @Sendable (_ start: Spec) -> KeyOutline
    /// Gives a new spec what this key has before the file is read.
    private(set) var begin: @Sendable (inout Spec, ClusterSpec) -> Void
    let read: @Sendable (Node, inout Spec, Place, inout Problems) -> Void
    /// Writes the key, or only what differs from a base; nil where that is nothing.
    let write: @Sendable (_ spec: Spec, _ base: Spec?, ClusterSpec) -> Written?
    /// Fills in the defaults that follow from other keys, once the whole file is read.
    private(set) var fill: @Sendable (inout Spec, ClusterSpec) -> Void

    /// `without` says in words what holds where the key is left out, unless that is a plain default.
    ///
    /// `inherited` is what the file says elsewhere and this key may override: then only the difference is shown.
    init<Value: Equatable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Spec, Value> & Sendable, _ codec: Codec<Value>,
        _ sentence: String, without: String? = nil, required isRequired: Bool = false, nullable: Bool = true,
        inheriting inherited: (@Sendable (ClusterSpec) -> Value)? = nil
    ) {
        let isNullable = nullable && !isRequired
        self.name = name
        self.isRequired = isRequired
        self.isNullable = isNullable
        outline = { start in
            let preset = codec.write(start[keyPath: path], nil, .empty)
            return KeyOutline(
                name: name, sentence: sentence, without: without, value: codec.outline,
                preset: isRequired || !(preset?.isScalar ?? false) ? nil : preset, isRequired: isRequired,
                isNullable: isNullable)
        }
        begin = { spec, cluster in
            if let value = (inherited ?? codec.start)?(cluster) { spec[keyPath: path] = value }
        }
        read = { node, spec, place, problems in
            if let value = codec.read(node, spec[keyPath: path], place, &problems) { spec[keyPath: path] = value }
        }
        write = { spec, base, cluster in
            let value = spec[keyPath: path]
            let base = base?[keyPath: path] ?? inherited?(cluster)
            return value == base ? nil : codec.write(value, base, cluster)
        }
        fill = { spec, cluster in codec.fill(&spec[keyPath: path], cluster) }
    }

    /// A key that may be left out for good; left out, it is shown as `absent`, by default not at all.
    init<Value: Equatable & Sendable>(
        _ name: String, _ path: any WritableKeyPath<Spec, Value?> & Sendable, _ codec: Codec<Value>,
        _ sentence: String, without: String? = nil, nullable: Bool = true, absent: Written? = nil
    ) {
        self.init(name, path, codec.optional(absent: absent), sentence, without: without, nullable: nullable)
    }

    /// A text whose default follows from other keys: until the whole file is read, it is empty.
    init(
        _ name: String, _ path: any WritableKeyPath<Spec, String> & Sendable, _ codec: Codec<String>,
        _ sentence: String, without: String, derived: @escaping @Sendable (Spec, ClusterSpec) -> String
    ) {
        self.init(name, path, codec, sentence, without: without)
        outline = { [outline] start in
            var outline = outline(start)
            outline.preset = nil
            return outline
        }
        begin = { spec, _ in spec[keyPath: path] = "" }
        fill = { spec, cluster in
            if spec[keyPath: path].isEmpty { spec[keyPath: path] = derived(spec, cluster) }
        }
    }
}

extension ClusterSpec {
    /// A file that says nothing.
    static let empty = ClusterSpec(cluster: "", nodes: [])
}
