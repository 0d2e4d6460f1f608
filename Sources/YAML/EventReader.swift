import CLibYAML

/// One event of a YAML text, copied out of libyaml's memory.
struct Event {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(Scalar, Labels)
        case sequenceStart(Labels)
        case sequenceEnd
        case mappingStart(Labels)
        case mappingEnd
    }

    /// What may stand before a node: `&anchor` and `!tag`.
    struct Labels {
        var anchor: String?
        var tag: String?
    }

    var kind: Kind
    var start: Position
    var end: Position
}

/// libyaml's parser over a copy of a text: events in, problems with their place out.
struct EventReader: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// The bytes must have passed `SourceText.fault`.
    init(_ bytes: ArraySlice<UInt8>) throws(YAMLProblem) {
        // libyaml keeps pointers to the parser itself and to the input, so neither may move.
        parser = .allocate(capacity: 1)
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.initialize(from: bytes)
        // Where this fails it leaves an empty parser, which deinit may delete.
        guard yaml_parser_initialize(parser) == 1 else {
            throw YAMLProblem(position: .beginning, message: "out of memory")
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, UnsafePointer(input.baseAddress), bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event. After `streamEnd` or an error it must not be called again.
    mutating func next() throws(YAMLProblem) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        return Event(kind: Self.kind(event), start: Position(event.start_mark), end: Position(event.end_mark))
    }

    private static func kind(_ event: yaml_event_t) -> Event.Kind {
        switch event.type {
        case YAML_STREAM_START_EVENT: return .streamStart
        case YAML_DOCUMENT_START_EVENT: return .documentStart
        case YAML_DOCUMENT_END_EVENT: return .documentEnd
        case YAML_ALIAS_EVENT: return .alias(text(event.data.alias.anchor) ?? "")
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.value == nil ? 0 : scalar.length)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
            return .scalar(
                Scalar(text: String(decoding: bytes, as: UTF8.self), isPlain: isPlain),
                Event.Labels(anchor: text(scalar.anchor), tag: text(scalar.tag)))
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(Event.Labels(anchor: text(start.anchor), tag: text(start.tag)))
        case YAML_SEQUENCE_END_EVENT: return .sequenceEnd
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(Event.Labels(anchor: text(start.anchor), tag: text(start.tag)))
        case YAML_MAPPING_END_EVENT: return .mappingEnd
        default: return .streamEnd
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(decodingCString: UnsafePointer($0), as: UTF8.self) }
    }

    /// libyaml's own words, what it found first: "did not find expected key while parsing a block mapping".
    private func problem() -> YAMLProblem {
        guard let words = parser.pointee.problem else {
            return YAMLProblem(position: .beginning, message: "out of memory")
        }
        var message = String(cString: words)
        if let context = parser.pointee.context { message += " " + String(cString: context) }
        return YAMLProblem(position: Position(parser.pointee.problem_mark), message: message)
    }
}

extension Position {
    /// libyaml counts from 0, with numbers that may be larger than Int's.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(clamping: mark.line) &+ 1, column: Int(clamping: mark.column) &+ 1)
    }
}
