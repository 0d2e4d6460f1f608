/// A parsed YAML text: its tree, and everything that is wrong with it as YAML.
package struct Document: Sendable {
    /// nil when the text could not be read to its end.
    package var root: Node?
    /// In the order of finding. Duplicate keys leave `root` standing, with each key's first value.
    package var problems: [YAMLProblem]

    /// The largest text that is read, in bytes.
    package static let maximumBytes = 1 << 20

    /// Reads any bytes; never traps and never takes more than a bounded amount of memory and time.
    package init(parsing bytes: [UInt8]) {
        (root, problems) = Self.read(bytes)
    }

    private static func read(_ bytes: [UInt8]) -> (Node?, [YAMLProblem]) {
        guard bytes.count <= maximumBytes else {
            return (nil, [YAMLProblem(position: .beginning, message: "the file is larger than 1 MiB")])
        }
        let text = SourceText.withoutMark(bytes)
        if let fault = SourceText.fault(in: text) { return (nil, [fault]) }
        do throws(YAMLProblem) {
            var composer = Composer(try EventReader(text))
            do throws(YAMLProblem) {
                let root = try composer.document()
                return (root, composer.problems)
            } catch {
                let place = SourceText(bytes).clamped(error.position)
                return (nil, composer.problems + [YAMLProblem(position: place, message: error.message)])
            }
        } catch {
            return (nil, [error])
        }
    }
}
