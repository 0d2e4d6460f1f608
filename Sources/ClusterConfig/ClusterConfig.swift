package import ClusterModel
import YAML

/// cluster.yaml: text → `ClusterSpec`, with every problem at its place.
package enum ClusterConfig {
    /// What a file says, and what is wrong with it.
    package struct Decoded: Sendable {
        /// nil exactly when `problems` holds an error.
        package var spec: ClusterSpec?
        /// In the order of the file.
        package var problems: [ConfigProblem]
    }

    /// Decodes any bytes; `file` is the name that problems show.
    package static func decode(_ bytes: [UInt8], file: String) -> Decoded {
        let document = Document(parsing: bytes)
        var checker = Checker()
        for problem in document.problems { checker.problems.unread(problem) }
        var spec: ClusterSpec?
        if let root = document.root {
            checker.check(root, .section(Keys.file), at: "")
            let decoded = Decoder(root).spec()
            var rules = Rules(root: root, spec: decoded, problems: checker.problems)
            rules.check()
            checker.problems = rules.problems
            spec = decoded
        }
        if checker.problems.hasErrors { spec = nil }
        return Decoded(spec: spec, problems: checker.problems.rendered(file: file, text: SourceText(bytes)))
    }

    /// Decodes a text; `file` is the name that problems show.
    package static func decode(_ text: String, file: String) -> Decoded {
        decode(Array(text.utf8), file: file)
    }
}
