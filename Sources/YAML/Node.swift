/// A place in a text: line and column, both counted from 1; a column is one Unicode scalar.
package struct Position: Hashable, Comparable, Sendable {
    package var line: Int
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static let beginning = Position(line: 1, column: 1)

    package static func < (left: Position, right: Position) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }
}

/// One value of a YAML document, and where it stands; aliases and merge keys are already followed.
package struct Node: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case scalar(Scalar)
        case sequence([Node])
        case mapping([Pair])
    }

    package var content: Content
    package var start: Position
    /// Just after the last character; of a collection, where its last part ends.
    package var end: Position
    /// Nodes in this tree, those behind an alias counted each time.
    let weight: Int
    /// Levels in this tree; 1 for a scalar.
    let height: Int

    init(_ content: Content, start: Position, end: Position) {
        self.content = content
        self.start = start
        let children: [Node]
        switch content {
        case .scalar: children = []
        case .sequence(let items): children = items
        case .mapping(let pairs): children = pairs.map(\.value)
        }
        self.end = children.last.map { max($0.end, start) } ?? end
        weight = children.reduce(1) { $0 + $1.weight }
        height = 1 + (children.map(\.height).max() ?? 0)
    }
}

/// One `key: value` of a mapping. Whatever its type, a key is its text.
package struct Pair: Sendable, Equatable {
    package var key: String
    package var keyStart: Position
    package var value: Node
}

/// Something wrong with a text as YAML.
package struct YAMLProblem: Error, Equatable, Sendable {
    package var position: Position
    package var message: String
}
