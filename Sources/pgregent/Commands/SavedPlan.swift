import ClusterModel
import FoundationEssentials
import Glibc
import JSONText
import RealDoors
import Rendering
import Systems

/// A plan in a file: what it says, and by what it is recognised later. It holds no file contents and no secrets: what
/// is applied is the plan made anew, and only if it still is the same.
struct SavedPlan: Decodable {
    let cluster: String
    let serial: String
    let fingerprints: [String]
    private let shown: JSON

    private enum CodingKeys: String, CodingKey { case cluster, serial, fingerprints }

    init(_ plan: Plan, _ spec: ClusterSpec) {
        let commands = ClusterCommands(spec)
        cluster = plan.cluster
        fingerprints = plan.steps.map(commands.fingerprint)
        serial = "\(commands.id(of: plan))-\(UInt64.random(in: .min ... .max))"
        shown = PlanJSON(plan, spec).value
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        cluster = try container.decode(String.self, forKey: .cluster)
        serial = try container.decode(String.self, forKey: .serial)
        fingerprints = try container.decode([String].self, forKey: .fingerprints)
        shown = .null
    }

    init(from path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure("saved plan \(path) cannot be read")
        }
        do {
            self = try JSONDecoder().decode(SavedPlan.self, from: data)
        } catch {
            throw Failure("\(path) is not a saved plan (`pgregent plan --out` makes one)")
        }
    }

    func write(to path: String) throws {
        guard case .object(let members) = shown else { return }
        let extra = [JSON.Member("serial", .string(serial)), JSON.Member("fingerprints", JSON(fingerprints))]
        let text = JSON.object(members + extra).text() + "\n"
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw Failure("plan file \(path) cannot be written: \(error)")
        }
    }

    /// Why this is not the plan to be done now; nil when it is.
    func refusal(against plan: Plan, _ commands: ClusterCommands, _ state: StateDirectory) throws -> String? {
        if cluster != plan.cluster { return "it is a plan for cluster \(cluster)" }
        if state.isUsed(serial) { return "it was applied before" }
        let now = plan.steps.map(commands.fingerprint)
        guard now != fingerprints else { return nil }
        let before = Dictionary(fingerprints.map(Self.parts)) { first, _ in first }
        let after = Dictionary(now.map(Self.parts)) { first, _ in first }
        let gone = before.keys.filter { after[$0] == nil }.sorted().map { "no longer needed: \($0)" }
        let new = after.keys.filter { before[$0] == nil }.sorted().map { "new: \($0)" }
        let changed = after.filter { before[$0.key] != nil && before[$0.key] != $0.value }.keys.sorted().map {
            "changed: \($0)"
        }
        return "what it rests on has changed (\((gone + new + changed).joined(separator: ", "))): make a new plan"
    }

    private static func parts(_ fingerprint: String) -> (String, String) {
        let equals = fingerprint.lastIndex(of: "=") ?? fingerprint.endIndex
        return (String(fingerprint[..<equals]), String(fingerprint[equals...]))
    }
}
