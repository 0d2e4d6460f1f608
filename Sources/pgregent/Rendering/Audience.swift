/// Who has asked for a command, reads what comes of it and answers its questions: the terminal, or a caller of the daemon's.
protocol Audience: Sendable {
    /// Results may be coloured.
    var colour: Bool { get }
    /// There is somebody to ask.
    var isInteractive: Bool { get }
    /// Messages go to a terminal, where a line can be written over.
    var showsProgress: Bool { get }
    /// A result.
    func print(_ text: String)
    /// A message.
    func tell(_ text: String, terminator: String)
    /// - Returns: nil where nobody answers.
    func ask(_ question: String) async -> String?
}

extension Audience {
    func tell(_ text: String) { tell(text, terminator: "\n") }
}

/// Who runs pgregent.
struct TerminalAudience: Audience {
    var colour: Bool { Terminal.colour }
    var isInteractive: Bool { Terminal.isInteractive }
    var showsProgress: Bool { Terminal.errorsAreTerminal }

    func print(_ text: String) { Terminal.print(text) }
    func tell(_ text: String, terminator: String) { Terminal.error(text, terminator: terminator) }

    func ask(_ question: String) async -> String? {
        Terminal.error(question, terminator: "")
        return readLine()
    }
}
