import ClusterModel
import HostAccess

extension Planner {
    /// Brings a node's record to the truth.
    func registration(of node: Desired.Node) -> [Step] {
        guard let primary = desired.primary else { return [] }
        let mismatches = mismatches(of: node)
        let hasMark = state[node.spec.name].map { state in
            if case .unfinishedClone(isRunning: false) = state.data { state.runs } else { false }
        }
        guard mismatches != [] || hasMark == true else { return [] }
        let upstream = upstream(of: node)
        let registration = Registration(
            as: type(of: node), upstream: upstream.isEmpty ? nil : upstream, primary: primary, mismatches: mismatches,
            removesMark: hasMark == true)
        return [
            Step(
                .repmgr(.register(registration)), on: node.spec.name, cause: mismatches == nil ? .missing : .drift)
        ]
    }

    /// What the record says and is not so; nil: there is no record.
    private func mismatches(of node: Desired.Node) -> [RecordMismatch]? {
        guard let record = (registry ?? []).first(where: { $0.id == node.spec.id }) else { return nil }
        var mismatches: [RecordMismatch] = []
        func expect(_ what: String, _ has: String, _ should: String) {
            if has != should { mismatches.append(.field(what, has: has, should: should)) }
        }
        expect("name", record.name, node.spec.name)
        expect("type", record.type, type(of: node).rawValue)
        expect("upstream", name(record.upstream), upstream(of: node))
        // repmgr gives a witness priority 0, whatever its configuration says: it never becomes primary.
        expect("priority", String(record.priority), String(node.role == .witness ? 0 : node.spec.priority))
        expect("location", record.location, node.spec.location)
        if !record.active { mismatches.append(.inactive) }
        if !sameConninfo(record.conninfo, node) { mismatches.append(.conninfo) }
        return mismatches
    }

    private func type(of node: Desired.Node) -> RecordType {
        switch node.role {
        case .primary: .primary
        case .witness: .witness
        case .standby, .absent, .undecided: .standby
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
        guard let primary = desired.primary, desired.node(primary) != nil,
            let record = (registry ?? []).first(where: { $0.id == node.spec.id })
        else { return nil }
        let type = RecordType(rawValue: record.type) ?? .standby
        return Step(.repmgr(.unregister(type, primary: primary)), on: node.spec.name, cause: .config)
    }
}
