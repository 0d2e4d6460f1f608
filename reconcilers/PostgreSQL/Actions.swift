package import ClusterModel
import HostAccess

/// How each of PostgreSQL's actions is done: an action in, the operations that `plan` prints and that are run out.
package struct Actions {
    private let spec: ClusterSpec

    package init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    /// What other systems have a part in.
    package struct Partners {
        /// What brings a backup into the data directory of a node.
        package var fetch: (Recovery, NodeSpec) -> [Operation]
        /// The conninfo by which a node's receiver reaches another node.
        package var conninfo: (_ upstream: NodeSpec, _ receiver: NodeName) -> String

        package init(
            fetch: @escaping (Recovery, NodeSpec) -> [Operation], conninfo: @escaping (NodeSpec, NodeName) -> String
        ) {
            self.fetch = fetch
            self.conninfo = conninfo
        }
    }

    /// - Returns: nothing where the file does not declare a node that the action names: a plan rests on the file.
    package func operations(_ action: PostgreSQLAction, on target: HostName, _ partners: Partners) -> [Operation] {
        guard let node = commands(action.place(on: target)) else { return [] }
        return switch action {
        case .setPassfile(_, let entries): [node.setPassfile(entries)]
        case .create(let blocks): node.create(blocks)
        case .recover(let recovery, let blocks, _):
            node.recover(recovery, blocks, fetch: partners.fetch(recovery, node.node))
        case .carryOverRecord: [node.carryOverRecord]
        case .removeCreationMark: [node.record("record that the creation is finished", node.endWork)]
        case .grantRoles(let needs, let database): node.grant(needs, database: database)
        case .setParameters(let block): node.set(block)
        case .raiseParameters(let block, _): node.set(block) + [node.service(.restart)]
        case .setHBA(let lines, let observed): node.setHBA(lines, observed: observed)
        case .reload: [node.service(.reload)]
        case .restart(let restart): restart.holdsClients ? node.heldRestart : [node.service(.restart)]
        case .startStandby, .startWitness: [node.service(.start)]
        case .stopStandby: [node.service(.stop)]
        case .createSlot(let slot, _): [node.createSlot(slot)]
        case .dropSlot(let slot, _): [node.dropSlot(slot)]
        case .dropStaleSlots(let slots): [node.dropStaleSlots(slots)]
        case .installWatchdog(let state, let observed):
            Watchdog(spec, node.node).map { WatchdogCommands(node).install($0, state, observed: observed) } ?? []
        case .removeWatchdog: WatchdogCommands(node).remove()
        case .checkpoint: [node.checkpoint]
        case .reserveSlots(let slots): [node.reserveSlots(slots)]
        case .noteSwitchover(let switchover): [node.note(switchover)]
        case .stopReceiverForSwitchover: node.stopReceiver
        case .demote(let switchover): change(switchover)?.demote() ?? []
        case .promoteForSwitchover(let switchover, let proves): change(switchover)?.promote(proves: proves) ?? []
        case .startAgain: [node.startAgain]
        case .startCrashed(let crash): node.startCrashed(crash)
        case .endSwitchover(let mark, let note, let isStandby):
            node.endSwitchover(mark: mark, note: note, isStandby: isStandby)
        case .fence: node.fence
        case .fenceByCommand(let command): [node.fence(by: command)]
        case .unfence: node.liftFence
        case .stopReceiverForFailover(let lost, let fence, let replacement):
            node.stopReceiver(for: lost, fence: fence, writes: replacement)
        case .catchUp(let source, _):
            spec.node(source).map { node.catchUp(conninfo: partners.conninfo($0, target)) } ?? []
        case .noteFailover(let note): [node.note(note)]
        case .promoteForFailover(let promotion): node.promote(promotion)
        case .follow(let upstream, _):
            spec.node(upstream).map {
                node.follow($0, conninfo: partners.conninfo($0, target), slot: slot(of: node.node))
            }
                ?? []
        case .endFailover(let mark): [node.endFailover(mark)]
        }
    }

    func commands(_ name: NodeName) -> NodeCommands? {
        spec.node(name).map { NodeCommands(node: $0, database: spec.repmgr.database) }
    }

    private func change(_ switchover: Switchover) -> SwitchoverCommands? {
        guard let old = commands(switchover.from), let new = commands(switchover.to) else { return nil }
        return SwitchoverCommands(old: old, new: new, spec: spec)
    }

    private func slot(of node: NodeSpec) -> String? {
        spec.repmgr.useReplicationSlots ? "repmgr_slot_\(node.id)" : nil
    }
}

extension PostgreSQLAction {
    /// The node on which it is done: mostly the target.
    fileprivate func place(on target: HostName) -> NodeName {
        switch self {
        case .createSlot(_, let node), .dropSlot(_, let node): node
        default: target
        }
    }
}
