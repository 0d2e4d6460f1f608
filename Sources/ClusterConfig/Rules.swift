import ClusterModel
import YAML

/// What no key can say alone: names that must differ, references that must lead somewhere, numbers that must fit.
struct Rules {
    let root: Node
    let spec: ClusterSpec
    var problems: Problems

    /// One step of a path into the file.
    enum Step: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        case key(String)
        case index(Int)

        init(stringLiteral value: String) { self = .key(value) }
        init(integerLiteral value: Int) { self = .index(value) }
    }

    mutating func check() {
        checkNodes()
        checkUpstreams()
        checkEligibility()
        checkDurability()
        checkServices()
        checkPooler()
        checkBackup()
    }

    mutating func error(_ path: [Step], _ message: String) {
        problems.error(position(path), "\(text(path)): \(message)")
    }

    mutating func warning(_ path: [Step], _ message: String) {
        problems.warning(position(path), "\(text(path)): \(message)")
    }

    /// The deepest place on this path that the file has.
    private func position(_ path: [Step]) -> Position {
        node(path, orNearest: true)?.start ?? .beginning
    }

    /// The value at this path.
    func node(_ path: [Step], orNearest: Bool = false) -> Node? {
        var place = root
        for step in path {
            let next: Node?
            switch (step, place.content) {
            case (.key(let key), _): next = place.value(of: key)
            case (.index(let index), .sequence(let items)): next = items.indices.contains(index) ? items[index] : nil
            default: next = nil
            }
            guard let next else { return orNearest ? place : nil }
            place = next
        }
        return place
    }

    /// `nodes[1].upstream`.
    private func text(_ path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
    }

    /// Reports each value that an earlier place already has; what is nil is not compared.
    mutating func refuseDuplicates(
        _ values: [(path: [Step], value: String?)], shown: (String) -> String = { quoted($0) }
    ) {
        var first: [String: [Step]] = [:]
        for (path, value) in values {
            guard let value, !value.isEmpty else { continue }
            if let earlier = first[value] {
                error(path, "\(shown(value)) is also \(text(earlier))")
            } else {
                first[value] = path
            }
        }
    }
}

extension Node {
    /// The value of a mapping's key.
    func value(of key: String) -> Node? {
        if case .mapping(let pairs) = content { pairs.first { $0.key == key }?.value } else { nil }
    }
}
