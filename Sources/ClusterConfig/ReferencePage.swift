extension ClusterConfig {
    /// docs/cluster-yaml.md: every key of cluster.yaml, as Markdown; it ends with a newline.
    package static var reference: String {
        var page = ReferencePage()
        page.introduce(Keys.file.outline)
        page.add(Keys.file.outline, heading: "The file", path: "")
        page.addSharedSections()
        return page.text
    }
}

/// The table of keys as a page for people: a heading for every section, a row for every key.
struct ReferencePage {
    private var lines: [String] = []
    /// Kinds of mapping that several keys have, in the order of their first use.
    private var shared: [(name: String, outline: Outline, users: [String])] = []

    var text: String { lines.joined(separator: "\n") + "\n" }

    mutating func introduce(_ file: Outline) {
        let required = file.keys.filter(\.isRequired).map { "`\($0.name)`" }.joined(separator: ", ")
        let full = file.keys.filter { !$0.isRequired && !$0.isNullable }.map { "`\($0.name)`" }
        lines += [
            "# cluster.yaml", "",
            "<!-- Written by `make reference` from the table of keys in Sources/ClusterConfig. -->", "",
            "Every key of the file that declares a cluster. The file must have \(required).",
            "What else is required stands in the section that it is required in; all other keys may be left out.",
            "`pgregent validate --show-defaults` prints a file with every default filled in.", "",
            "- A key with nothing behind it is as good as left out, but for \(full.joined(separator: " and ")).",
            "- Durations are written `500ms`, `2s`, `5min`, `24h` or `7d`, at most `365d`.",
            "- Sizes are written in PostgreSQL's units of 1024: `64kB`, `16MB`, `1GB`.",
            "- Only `true` and `false` are booleans. `on`, `yes` and `22:00` are texts.",
            "- `x[]` is each element of the list `x`.",
        ]
    }

    /// A section, and below it the sections inside it.
    mutating func add(_ outline: Outline, heading: String, path: String, users: [String] = []) {
        lines += ["", "## \(heading)", ""]
        if !users.isEmpty { lines += ["Of " + users.map { "`\($0)`" }.joined(separator: ", ") + ".", ""] }
        lines += ["| key | may be | default | meaning |", "| --- | --- | --- | --- |"]
        lines += outline.keys.map { row($0, path: path + $0.name) }
        for key in outline.keys where !key.value.keys.isEmpty {
            switch key.value.form {
            case .plain: add(key.value, heading: path + key.name, path: "\(path)\(key.name).")
            case .list: add(key.value, heading: "\(path)\(key.name)[]", path: "\(path)\(key.name)[].")
            case .overrides: break
            case .shared(let name):
                if let index = shared.firstIndex(where: { $0.name == name }) {
                    shared[index].users.append(path + key.name)
                } else {
                    shared.append((name, key.value, [path + key.name]))
                }
            }
        }
    }

    mutating func addSharedSections() {
        for (name, outline, users) in shared {
            add(outline, heading: "A \(name)", path: "\(name).", users: users)
        }
    }

    private func row(_ key: KeyOutline, path: String) -> String {
        let cells = ["`\(path)`", words(key, path: path), preset(key), key.sentence]
        return "| " + cells.map(Self.escaped).joined(separator: " | ") + " |"
    }

    private func words(_ key: KeyOutline, path: String) -> String {
        let words = key.value.words
        guard !key.value.keys.isEmpty else { return words }
        return switch key.value.form {
        case .plain: Self.link(words, to: path)
        case .list: Self.link(words, to: path + "[]")
        case .overrides: "any keys of " + Self.link(key.name, to: key.name)
        case .shared(let name): Self.link(words, to: "A \(name)")
        }
    }

    private func preset(_ key: KeyOutline) -> String {
        if key.isRequired { return "**required**" }
        if let without = key.without { return without }
        return key.preset.map { "`" + $0.lines.joined() + "`" } ?? ""
    }

    /// As GitHub names the place of a heading.
    private static func link(_ words: String, to heading: String) -> String {
        let place = heading.lowercased().unicodeScalars.reduce(into: "") { place, scalar in
            switch scalar {
            case "a"..."z", "0"..."9", "_", "-": place.unicodeScalars.append(scalar)
            case " ": place += "-"
            default: break
            }
        }
        return "[\(words)](#\(place))"
    }

    private static func escaped(_ cell: String) -> String {
        cell.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
