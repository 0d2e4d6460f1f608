import FoundationEssentials
import Glibc

/// Standard output for results, standard error for messages.
enum Terminal {
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    /// There is somebody to ask.
    static var isInteractive: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
    static var errorsAreTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    /// Colour only on a terminal, never with NO_COLOR (no-color.org).
    static var colour: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    static func print(_ text: String, terminator: String = "\n") {
        write(text + terminator, to: STDOUT_FILENO)
    }

    static func error(_ text: String, terminator: String = "\n") {
        write(text + terminator, to: STDERR_FILENO)
    }

    static func clear() {
        write("\u{1B}[H\u{1B}[2J", to: STDOUT_FILENO)
    }

    private static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(0, written))
        }
    }
}

/// Text in columns: each as wide as its widest cell, the last one as it is.
enum Columns {
    static func text(_ rows: [[String]], minimum: [Int] = []) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            max(rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0, column < minimum.count ? minimum[column] : 0)
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
