/// A text with places in which a secret is put at the last moment, on its way through a door.
/// The plan, the journal and every message show `redacted`.
package struct SecretText: Hashable, Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    package enum Piece: Hashable, Sendable {
        case text(String)
        case secret(SecretUse)
    }

    package private(set) var pieces: [Piece]

    package init(_ text: String) {
        pieces = [.text(text)]
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }

    package init(stringInterpolation: Interpolation) {
        pieces = stringInterpolation.pieces
    }

    package struct Interpolation: StringInterpolationProtocol {
        var pieces: [Piece] = []

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) {
            pieces.append(.text(literal))
        }

        package mutating func appendInterpolation(_ text: some StringProtocol) {
            pieces.append(.text(String(text)))
        }

        package mutating func appendInterpolation(_ number: some BinaryInteger) {
            pieces.append(.text(String(number)))
        }

        package mutating func appendInterpolation(_ use: SecretUse) {
            pieces.append(.secret(use))
        }

        package mutating func appendInterpolation(_ other: SecretText) {
            pieces += other.pieces
        }
    }

    /// The text as people may see it.
    package var redacted: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .secret: "********"
            }
        }.joined()
    }

    package var uses: [SecretUse] {
        pieces.compactMap { if case .secret(let use) = $0 { use } else { nil } }
    }

    /// The text with its secrets, each as `resolve` gives it.
    package func resolved(_ secrets: [SecretUse: Secret]) -> Secret? {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .secret(let use):
                guard let secret = secrets[use] else { return nil }
                text += secret.exposed
            }
        }
        return Secret(text)
    }
}

/// A secret and the form in which a place needs it.
package enum SecretUse: Hashable, Sendable {
    /// The clear password as a field of a passfile.
    case passfileField(SecretSource)
    /// A fresh SCRAM secret of the password; its alphabet needs no quoting in SQL.
    case scram(SecretSource)
    /// The stored secret of a role, as the primary holds it; its alphabet needs no quoting in userlist.txt
    /// but for double quotes, which PgBouncer doubles.
    case storedSecret(role: String, node: NodeName)
}
