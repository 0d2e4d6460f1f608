import JSONText

extension JSON {
    /// A default as the file would say it.
    init(_ duration: Duration) { self = .string(Durations.text(duration)) }
}
