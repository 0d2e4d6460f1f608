import ClusterModel
import Synchronization

/// What an observer knows of a file: its text, that it is missing, or that this account may not read it.
///
/// The text is taken apart once, however often it is asked about: planning asks about each file in every pass.
package struct FileContent: Sendable {
    private enum State: Sendable {
        case content(Parsed)
        case missing
        case unreadable
    }

    private let state: State

    package static func content(_ text: String) -> FileContent { FileContent(state: .content(Parsed(text))) }
    package static let missing = FileContent(state: .missing)
    /// There, but not for this account.
    package static let unreadable = FileContent(state: .unreadable)

    package var text: String? { parsed?.text }
    package var isMissing: Bool { if case .missing = state { true } else { false } }

    private var parsed: Parsed? { if case .content(let parsed) = state { parsed } else { nil } }
}

extension FileContent {
    /// The file as lines of `key = value`; an empty one where there is no text.
    package var ini: INIText { parsed?.ini ?? INIText("") }

    /// What the file says in a section; of a key given twice the last one.
    package func values(in section: String) -> [String: String] { parsed?.values(in: section) ?? [:] }

    /// The lines of pgregent's managed block; nil without one.
    package var managedBlock: [String]? { parsed?.managedBlock }

    /// The block holds what pgregent wrote into it; false without a block.
    package var managedBlockIsUntouched: Bool { text.map { ManagedBlock.isUntouched(in: $0) } ?? false }
}

extension FileContent: Hashable {
    package static func == (left: FileContent, right: FileContent) -> Bool {
        switch (left.state, right.state) {
        case (.content(let left), .content(let right)): left === right || left.text == right.text
        case (.missing, .missing), (.unreadable, .unreadable): true
        case (.content, _), (.missing, _), (.unreadable, _): false
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(isMissing)
        hasher.combine(text)
    }
}

/// A text, and what was made of it.
private final class Parsed: Sendable {
    let text: String
    private let made = Mutex(Made())

    private struct Made {
        var ini: INIText?
        var values: [String: [String: String]] = [:]
        var block: [String]??
    }

    init(_ text: String) {
        self.text = text
    }

    var ini: INIText { made.withLock { Self.ini(text, &$0) } }

    func values(in section: String) -> [String: String] {
        made.withLock { made in
            if let known = made.values[section] { return known }
            let settings = Self.ini(text, &made).settings(in: section)
            let values = Dictionary(settings.map { ($0.name, $0.value) }) { $1 }
            made.values[section] = values
            return values
        }
    }

    var managedBlock: [String]? {
        made.withLock { made in
            if let known = made.block { return known }
            let block = ManagedBlock.lines(in: text)
            made.block = .some(block)
            return block
        }
    }

    private static func ini(_ text: String, _ made: inout Made) -> INIText {
        if let known = made.ini { return known }
        let ini = INIText(text)
        made.ini = ini
        return ini
    }
}
