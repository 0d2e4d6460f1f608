/// Shell text from a file of a folder `Scripts`, as it was embedded when this was built.
///
/// The head comment is for people and is left out of what is run, and so is what is said to shellcheck. It names what whoever
/// uses the file has to give, one a line: `# data: the data directory` is a variable, `# place(): …` a function, and `# $@: …`
/// the words.
package struct ShellFile: Hashable, Sendable {
    package let text: String
    /// What the head names: `data`, `place()`, `$@`.
    package let needs: Set<String>

    package init(_ embedded: [UInt8]) {
        let lines = String(decoding: embedded, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        // It ends with the first empty line.
        let head = lines.prefix { $0.hasPrefix("#") }
        needs = Set(head.compactMap(Self.need))
        text =
            lines.dropFirst(head.count).filter { !$0.trimmed.hasPrefix("# shellcheck ") }.joined(separator: "\n")
            .withoutEmptyEnds
    }

    private static func need(_ line: Substring) -> String? {
        guard line.hasPrefix("# "), let end = line.firstRange(of: ": ") else { return nil }
        let name = line[..<end.lowerBound].dropFirst(2)
        let isName = name == "$@" || name.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "(" || $0 == ")" }
        return isName && !name.isEmpty ? String(name) : nil
    }
}

/// A program for a host's `sh`: files, one after the other, with named arguments before them. Its description is the text that
/// is printed and run.
package struct ShellProgram: Sendable, CustomStringConvertible {
    private var arguments: [(name: String, text: String)] = []
    private var texts: [String] = []

    /// - Parameters:
    ///   - values: of shell variables. Each becomes one word, whatever it holds.
    ///   - functions: shell text by the name of the function that it is to be.
    ///   - words: what `"$@"` is; nil: whatever it was.
    ///   - earlier: programs whose arguments and texts come first: what they define can be used here.
    package init(
        _ file: ShellFile, _ values: KeyValuePairs<String, String> = [:],
        functions: KeyValuePairs<String, String> = [:], words: [String]? = nil, after earlier: [ShellProgram] = []
    ) {
        for program in earlier {
            for argument in program.arguments { give(argument.name, argument.text) }
            texts += program.texts
        }
        for (name, value) in values { give(name, "\(name)=\(Quoting.shell(value))") }
        for (name, text) in functions { give("\(name)()", "\(name)() {\n\(text)\n}") }
        if let words { give("$@", (["set --"] + words.map { Quoting.shell($0) }).joined(separator: " ")) }
        texts.append(file.text)
        assert(
            file.needs.isSubset(of: arguments.map(\.name)),
            "not given: \(file.needs.subtracting(arguments.map(\.name)).sorted())")
    }

    /// The same with one more line, which calls what was defined.
    package func calling(_ line: String) -> ShellProgram {
        var program = self
        program.texts.append(line)
        return program
    }

    package var description: String { (arguments.map(\.text) + texts).joined(separator: "\n") }

    private mutating func give(_ name: String, _ text: String) {
        guard let given = arguments.first(where: { $0.name == name }) else { return arguments.append((name, text)) }
        assert(given.text == text, "given twice, and not the same: \(name)")
    }
}

extension String {
    fileprivate var withoutEmptyEnds: String {
        var text = drop { $0 == "\n" }
        while text.last == "\n" { text.removeLast() }
        return String(text)
    }
}
