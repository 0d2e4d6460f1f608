import ClusterModel
import JSONText
import YAML

extension Codec {
    /// A list. An element that is refused is left out, or has `refused` in its place.
    static func list<Element>(
        of element: Codec<Element>, minimum: Int = 0, refused: (@Sendable (ClusterSpec) -> Element)? = nil
    ) -> Codec where Value == [Element] {
        let outline = Outline.list(of: element.outline, minimum: minimum)
        return Codec(
            outline: outline,
            read: { node, _, place, problems in
                guard case .sequence(let items) = node.content else {
                    problems.mismatch(node, outline, at: place.path)
                    return nil
                }
                if items.count < minimum { problems.error(node.start, "\(place.path) is empty") }
                return items.enumerated().compactMap { index, item in
                    element.read(item, nil, place.item(index), &problems) ?? refused?(place.cluster)
                }
            },
            write: { values, _, cluster in .list(values.compactMap { element.write($0, nil, cluster) }) },
            fill: { values, cluster in
                for index in values.indices { element.fill(&values[index], cluster) }
            })
    }

    /// A list of mappings. One that is refused keeps its place, so that the rules name the others by their own.
    static func list<Element>(of section: Section<Element>, minimum: Int = 0) -> Codec where Value == [Element] {
        list(of: .section(section), minimum: minimum, refused: section.start)
    }

    /// A mapping with the keys of a section.
    static func section(_ section: Section<Value>) -> Codec {
        var codec = overrides(section)
        codec.outline = section.outline
        codec.start = section.start
        return codec
    }

    /// A mapping with any of the keys of a section, over what a wider section says.
    static func overrides(_ section: Section<Value>) -> Codec {
        var outline = section.overridingOutline
        outline.form = .overrides
        let refused = outline
        return Codec(
            outline: outline,
            read: { node, present, place, problems in
                guard case .mapping(let pairs) = node.content else {
                    problems.mismatch(node, refused, at: place.path)
                    return nil
                }
                let base = present ?? section.start(in: place.cluster)
                return section.read(node, pairs, over: base, at: place, &problems)
            },
            write: { value, base, cluster in
                let written = section.write(value, over: base, in: cluster)
                return base != nil && written.isScalar ? nil : written
            },
            fill: section.fill)
    }
}

extension Codec<[Setting]> {
    /// A mapping of any names to scalars, laid over the settings that are there.
    ///
    /// `owned` holds the names that pgregent writes itself, each with the key to use instead.
    static func settings(owned: [String: String]) -> Codec {
        let outline = Outline.settings(refused: (Array(owned.keys) + Passwords.names).sorted())
        return Codec(
            outline: outline,
            read: { node, present, place, problems in
                guard case .mapping(let pairs) = node.content else {
                    problems.mismatch(node, outline, at: place.path)
                    return nil
                }
                var names: Set<String> = []
                let settings = pairs.compactMap { setting($0, owned, &names, at: place.path, &problems) }
                return (present ?? []).merged(with: settings)
            },
            write: { settings, base, _ in
                let differing = settings.filter { !(base?.contains($0) ?? false) }
                if base != nil && differing.isEmpty { return nil }
                return .mapping(differing.map { ($0.name, .text($0.value)) })
            })
    }

    /// The same, but not shown when there are none.
    var unlessEmpty: Codec {
        var codec = self
        codec.write = { [write] value, base, cluster in value.isEmpty ? nil : write(value, base, cluster) }
        return codec
    }

    private static func setting(
        _ pair: Pair, _ owned: [String: String], _ names: inout Set<String>, at path: String,
        _ problems: inout Problems
    ) -> Setting? {
        let name = pair.key.lowercased()
        let place = "\(path).\(pair.key)"
        if Passwords.names.contains(name) {
            problems.error(pair.keyStart, Passwords.rule(place))
            problems.hide(pair.value)
        } else if let proper = owned[name] {
            problems.error(pair.keyStart, "\(place) is pgregent's own: use \(proper)")
        } else if !SettingName.accepts(pair.key) {
            problems.error(pair.keyStart, "\(quoted(pair.key)) in \(path) is not a parameter's name")
        } else if !names.insert(name).inserted {
            problems.error(pair.keyStart, "\(path) has \(quoted(pair.key)) twice (case does not matter)")
        } else if pair.value.isNull {
            problems.error(pair.value.start, "\(place) has no value (write \"\" for an empty one)")
        } else if case .scalar(let scalar) = pair.value.content, TextKind.value.accepts(scalar.text) {
            problems.refusePassword(in: scalar.text, pair.value, at: place)
            return Setting(pair.key, scalar.settingValue)
        } else {
            problems.mismatch(pair.value, .text(.value), at: place)
        }
        return nil
    }
}

extension Scalar {
    /// A scalar of any type, as it is written; but no product reads YAML's octal numbers (`0o600`).
    fileprivate var settingValue: String {
        if case .integer(let number?) = value, text.hasPrefix("0o") { "\(number)" } else { text }
    }
}

extension [Setting] {
    /// These settings with another list over them, name by name: known names in place, new ones at the end.
    func merged(with others: [Setting]) -> [Setting] {
        var result = self
        var places = Dictionary(
            enumerated().map { ($1.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
        for other in others {
            if let index = places[other.name.lowercased()] {
                result[index] = other
            } else {
                places[other.name.lowercased()] = result.count
                result.append(other)
            }
        }
        return result
    }
}

extension Outline {
    fileprivate static func settings(refused: [String]) -> Outline {
        let names = JSON.object([
            .init("pattern", .string(SettingName.pattern)),
            .init("not", .object([.init("enum", .array(refused.map { .string($0) }))])),
        ])
        let values = JSON.object([
            .init("type", .array(["string", "number", "boolean"])),
            .init("pattern", .string(TextKind.value.pattern)),
        ])
        return Outline(
            schema: .object([
                .init("type", "object"), .init("propertyNames", names), .init("additionalProperties", values),
            ]),
            expectation: "a mapping of names to values")
    }
}
