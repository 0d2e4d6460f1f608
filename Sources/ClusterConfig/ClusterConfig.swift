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
        var problems = Problems()
        for problem in document.problems { problems.unread(problem) }
        var spec: ClusterSpec?
        if let root = document.root {
            let decoded = Keys.file.read(file: root, &problems)
            var rules = Rules(root: root, spec: decoded, problems: problems)
            rules.check()
            problems = rules.problems
            spec = decoded
        }
        if problems.hasErrors { spec = nil }
        return Decoded(spec: spec, problems: problems.rendered(file: file, text: SourceText(bytes)))
    }

    /// Decodes a text; `file` is the name that problems show.
    package static func decode(_ text: String, file: String) -> Decoded {
        decode(Array(text.utf8), file: file)
    }

    /// The whole file that the spec stands for, every default written out; it decodes to an equal spec.
    package static func showDefaults(_ spec: ClusterSpec) -> String {
        Keys.file.write(spec, over: nil, in: spec).lines.joined(separator: "\n") + "\n"
    }
}
