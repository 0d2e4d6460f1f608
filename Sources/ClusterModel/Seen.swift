/// What an observer knows of something: its value, or why it could not be seen. Unknown is never absent and never dead.
package enum Seen<Value: Sendable & Equatable>: Sendable, Equatable {
    case known(Value)
    case unknown(reason: String)

    package var value: Value? {
        if case .known(let value) = self { value } else { nil }
    }

    package var unknownReason: String? {
        if case .unknown(let reason) = self { reason } else { nil }
    }

    package func map<Other>(_ transform: (Value) -> Other) -> Seen<Other> {
        switch self {
        case .known(let value): .known(transform(value))
        case .unknown(let reason): .unknown(reason: reason)
        }
    }
}
