import ClusterModel
import HostAccess

extension Planner {
    /// Brings a node's record to the truth.
    func registration(of node: Desired.Node) -> [Step] {
        guard desired.primary != nil else { return [] }
        let lies = lies(about: node)
        let mark = state[node.spec.name].map { state in
            if case .unfinishedClone(isRunning: false) = state.data { state.runs } else { false }
        }
        guard !lies.isEmpty || mark == true else { return [] }
        let isMissing = lies.first == Self.missing
        return [Actions(desired, node).register(lies: lies, isMissing: isMissing, removesMark: mark == true)]
    }

    private static let missing = "no record"

    /// What the record says and is not so, in words.
    private func lies(about node: Desired.Node) -> [String] {
        guard let record = (registry ?? []).first(where: { $0.id == node.spec.id }) else { return [Self.missing] }
        var lies: [String] = []
        func expect(_ what: String, _ has: String, _ should: String) {
            if has != should { lies.append("\(what): \(has.isEmpty ? "-" : has) -> \(should.isEmpty ? "-" : should)") }
        }
        expect("name", record.name, node.spec.name)
        expect("type", record.type, type(of: node))
        expect("upstream", name(record.upstream), upstream(of: node))
        // repmgr gives a witness priority 0, whatever its configuration says: it never becomes primary.
        expect("priority", String(record.priority), String(node.role == .witness ? 0 : node.spec.priority))
        expect("location", record.location, node.spec.location)
        if !record.active { lies.append("inactive: it runs") }
        if !sameConninfo(record.conninfo, node) { lies.append("conninfo") }
        return lies
    }

    private func type(of node: Desired.Node) -> String {
        switch node.role {
        case .primary: "primary"
        case .witness: "witness"
        case .standby, .absent, .undecided: "standby"
        }
    }

    private func upstream(of node: Desired.Node) -> String {
        switch node.role {
        case .standby(let upstream): upstream
        case .witness: desired.primary ?? ""
        case .primary, .absent, .undecided: ""
        }
    }

    private func name(_ id: Int?) -> String {
        guard let id else { return "" }
        return desired.nodes.first { $0.spec.id == id }?.spec.name ?? "node \(id)"
    }

    /// `ensure: absent`: the record goes; data stays.
    func removal(_ node: Desired.Node) -> Step? {
        guard let primary = desired.primary.flatMap({ desired.node($0) }),
            let record = (registry ?? []).first(where: { $0.id == node.spec.id })
        else { return nil }
        return Actions(desired, node).unregister(record, on: primary)
    }
}
