/// Events → tree: follows aliases within a budget, applies merge keys, notes duplicate keys.
struct Composer: ~Copyable {
    /// Enough for any file written by hand; it bounds the recursion here and in whoever walks the tree.
    static let maximumDepth = 64
    /// Nodes that all aliases together may stand for. Without it a few lines of aliases of aliases
    /// ("billion laughs") would keep whoever walks the tree busy for years.
    static let maximumAliasedNodes = 100_000

    private enum Anchor {
        /// Its node is still being read: an alias to it would be a tree that holds itself.
        case open
        case complete(Node)
    }

    private var events: EventReader
    private var anchors: [String: Anchor] = [:]
    private var aliasedNodes = 0
    private(set) var problems: [YAMLProblem] = []

    init(_ events: consuming EventReader) {
        self.events = events
    }

    /// The text's only document.
    mutating func document() throws(YAMLProblem) -> Node {
        _ = try events.next()
        guard case .documentStart = try events.next().kind else {
            throw YAMLProblem(position: .beginning, message: "the file is empty")
        }
        let first = try events.next()
        let root = try node(first, depth: 1)
        _ = try events.next()
        let last = try events.next()
        if case .documentStart = last.kind {
            throw YAMLProblem(position: last.start, message: "a second document begins here; the file must hold one")
        }
        return root
    }

    private mutating func node(_ event: Event, depth: Int) throws(YAMLProblem) -> Node {
        guard depth <= Self.maximumDepth else {
            throw YAMLProblem(position: event.start, message: "nested deeper than \(Self.maximumDepth) levels")
        }
        switch event.kind {
        case .alias(let name):
            return try aliased(name, at: event.start, depth: depth)
        case .scalar(let scalar, let labels):
            let content = Node.Content.scalar(tagged(scalar, labels.tag, at: event.start))
            let node = Node(content, start: event.start, end: event.end)
            if let anchor = labels.anchor { anchors[anchor] = .complete(node) }
            return node
        case .sequenceStart(let labels):
            return try collection(labels, tag: "seq", event) { composer throws(YAMLProblem) in
                try composer.sequence(event, depth: depth)
            }
        case .mappingStart(let labels):
            return try collection(labels, tag: "map", event) { composer throws(YAMLProblem) in
                try composer.mapping(event, depth: depth)
            }
        default:
            throw YAMLProblem(position: event.start, message: "a value is missing here")
        }
    }

    private mutating func collection(
        _ labels: Event.Labels, tag: String, _ event: Event,
        read: (inout Composer) throws(YAMLProblem) -> Node
    ) throws(YAMLProblem) -> Node {
        if let found = labels.tag, found != "tag:yaml.org,2002:" + tag {
            problems.append(YAMLProblem(position: event.start, message: "the tag \(found) is not known here"))
        }
        if let anchor = labels.anchor { anchors[anchor] = .open }
        let node = try read(&self)
        if let anchor = labels.anchor { anchors[anchor] = .complete(node) }
        return node
    }

    private mutating func sequence(_ start: Event, depth: Int) throws(YAMLProblem) -> Node {
        var items: [Node] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event.kind {
                return Node(.sequence(items), start: start.start, end: event.end)
            }
            items.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ start: Event, depth: Int) throws(YAMLProblem) -> Node {
        var pairs: [Pair] = []
        var merged: [Pair] = []
        var places: [String: Position] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event.kind {
                // A key of the mapping itself wins over a merged one, an earlier merge over a later one.
                for pair in merged where places.updateValue(pair.keyStart, forKey: pair.key) == nil {
                    pairs.append(pair)
                }
                return Node(.mapping(pairs), start: start.start, end: event.end)
            }
            let key = try node(event, depth: depth + 1)
            let value = try node(try events.next(), depth: depth + 1)
            guard case .scalar(let scalar) = key.content else {
                let message = "a key must be a text, not a list or mapping"
                problems.append(YAMLProblem(position: event.start, message: message))
                continue
            }
            if scalar == Scalar(text: "<<", isPlain: true) {
                merged += mergeable(value)
            } else if let first = places[scalar.text] {
                let place = "first at line \(first.line), column \(first.column)"
                problems.append(
                    YAMLProblem(position: event.start, message: "duplicate key \(quoted(scalar.text)) (\(place))"))
            } else {
                places[scalar.text] = event.start
                pairs.append(Pair(key: scalar.text, keyStart: event.start, value: value))
            }
        }
    }

    /// What `<<` brings in: the pairs of a mapping, or of each mapping of a list.
    private mutating func mergeable(_ node: Node) -> [Pair] {
        switch node.content {
        case .mapping(let pairs):
            return pairs
        case .sequence(let items):
            var pairs: [Pair] = []
            for item in items {
                if case .mapping(let found) = item.content { pairs += found } else { refuseMerge(item) }
            }
            return pairs
        case .scalar:
            refuseMerge(node)
            return []
        }
    }

    private mutating func refuseMerge(_ node: Node) {
        problems.append(YAMLProblem(position: node.start, message: "\"<<\" merges a mapping or a list of mappings"))
    }

    private mutating func aliased(_ name: String, at place: Position, depth: Int) throws(YAMLProblem) -> Node {
        switch anchors[name] {
        case nil:
            throw YAMLProblem(position: place, message: "the alias *\(name) has no anchor &\(name) before it")
        case .open:
            throw YAMLProblem(position: place, message: "the alias *\(name) stands inside what it refers to")
        case .complete(let node):
            aliasedNodes += node.weight
            guard aliasedNodes <= Self.maximumAliasedNodes else {
                let message = "the aliases stand for more than \(Self.maximumAliasedNodes) values"
                throw YAMLProblem(position: place, message: message)
            }
            guard depth + node.height - 1 <= Self.maximumDepth else {
                throw YAMLProblem(position: place, message: "nested deeper than \(Self.maximumDepth) levels")
            }
            return node
        }
    }

    /// `!!str 15` and `! 15` are strings; the other core tags say what a plain scalar is anyway.
    private mutating func tagged(_ scalar: Scalar, _ tag: String?, at place: Position) -> Scalar {
        switch tag {
        case nil: return scalar
        case "!", "tag:yaml.org,2002:str": return Scalar(text: scalar.text, isPlain: false)
        case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return Scalar(text: scalar.text, isPlain: true)
        case let tag?:
            problems.append(YAMLProblem(position: place, message: "the tag \(quoted(tag)) is not known here"))
            return scalar
        }
    }
}

/// A text as a message shows it: in quotes, cut when long, with nothing in it that would move a terminal's cursor.
package func quoted(_ text: some StringProtocol) -> String {
    var shown = ""
    var count = 0
    for scalar in text.unicodeScalars {
        guard count < 64 else { return "\"" + shown + "…\"" }
        count += 1
        switch scalar.value {
        case 0x0A: shown += "\\n"
        case 0x09: shown += "\\t"
        case 0x22: shown += "\\\""
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: shown += "\\u{" + String(scalar.value, radix: 16) + "}"
        default: shown.unicodeScalars.append(scalar)
        }
    }
    return "\"" + shown + "\""
}
