import ClusterModel
import JSONText
import YAML

/// How one kind of value stands in cluster.yaml: read, written and described in one place.
struct Codec<Value: Equatable & Sendable>: Sendable {
    /// What may stand there, for the schema, for messages and for the page.
    var outline: Outline
    /// Reads a node over the value that is there without it. Returns nil, after a problem, for what is refused.
    var read: @Sendable (_ node: Node, _ present: Value?, Place, inout Problems) -> Value?
    /// Writes a value, or only what differs from a base. Returns nil where nothing is to be written.
    var write: @Sendable (_ value: Value, _ base: Value?, ClusterSpec) -> Written?
    /// What a section is before the file is read; nil for other values, which have the spec's own default.
    var start: (@Sendable (ClusterSpec) -> Value)?
    /// Fills in the defaults that follow from other keys, once the whole file is read.
    var fill: @Sendable (inout Value, ClusterSpec) -> Void = { _, _ in }
}

/// Where a value stands, and what the file has said by then.
struct Place {
    /// As messages name it, such as `nodes[1].ssh`; empty for the file itself.
    var path: String
    /// The keys that stand before this one in the table are decoded.
    var cluster: ClusterSpec

    func key(_ name: String) -> Place {
        Place(path: path.isEmpty ? name : "\(path).\(name)", cluster: cluster)
    }

    func item(_ index: Int) -> Place {
        Place(path: "\(path)[\(index)]", cluster: cluster)
    }
}

extension Codec {
    /// A kind of value that is one scalar.
    init(
        _ outline: Outline, read: @escaping @Sendable (Scalar) -> Value?,
        write: @escaping @Sendable (Value) -> Written?
    ) {
        self.outline = outline
        self.read = { node, _, place, problems in
            if case .scalar(let scalar) = node.content, let value = read(scalar) { return value }
            problems.mismatch(node, outline, at: place.path)
            return nil
        }
        self.write = { value, _, _ in write(value) }
    }

    /// The same text for values of another type; `back` returns nil for a value that has no such text.
    ///
    /// A section that is mapped reads anew wherever it stands, and cannot have defaults that follow from other keys.
    func map<New>(
        _ convert: @escaping @Sendable (Value) -> New, back: @escaping @Sendable (New) -> Value?
    ) -> Codec<New> {
        let codec = self
        return Codec<New>(
            outline: outline,
            read: { node, _, place, problems in codec.read(node, nil, place, &problems).map(convert) },
            write: { value, _, cluster in back(value).flatMap { codec.write($0, nil, cluster) } })
    }

    /// nil is written as `absent`, by default not at all.
    func optional(absent: Written?) -> Codec<Value?> {
        let codec = self
        return Codec<Value?>(
            outline: outline,
            read: { node, present, place, problems in
                codec.read(node, present.flatMap(\.self), place, &problems).map(Optional.some)
            },
            write: { value, base, cluster in
                guard let value else { return absent }
                return codec.write(value, base.flatMap(\.self), cluster)
            },
            fill: { value, cluster in
                guard var inner = value else { return }
                codec.fill(&inner, cluster)
                value = inner
            })
    }

    /// What this codec refuses is still read as another one reads it: the rules then say what else is wrong with it.
    func refusedStillRead(as wider: Codec) -> Codec {
        var codec = self
        codec.read = { [read] node, present, place, problems in
            if let value = read(node, present, place, &problems) { return value }
            var unheard = Problems()
            return wider.read(node, present, place, &unheard)
        }
        return codec
    }

    /// A scalar of the first kind, or a mapping of the second; what the first cannot write, the second does.
    static func either(_ first: Codec, _ second: Codec) -> Codec {
        var outline = second.outline
        outline.schema = .object([.init("anyOf", .array([first.outline.schema, second.outline.schema]))])
        let keys = second.outline.keys.map(\.name).joined(separator: ", ")
        outline.expectation = first.outline.expectation + ", or a mapping with " + keys
        outline.pageWords = first.outline.words + ", or a mapping"
        outline.hint = { scalar in
            switch scalar.value {
            case .float, .boolean: ""
            default: first.outline.hint(scalar)
            }
        }
        let whole = outline
        return Codec(
            outline: whole,
            read: { node, present, place, problems in
                guard case .scalar = node.content else { return second.read(node, present, place, &problems) }
                var unheard = Problems()
                if let value = first.read(node, present, place, &unheard) { return value }
                problems.mismatch(node, whole, at: place.path)
                return nil
            },
            write: { value, base, cluster in first.write(value, base, cluster) ?? second.write(value, base, cluster) },
            fill: second.fill)
    }
}
