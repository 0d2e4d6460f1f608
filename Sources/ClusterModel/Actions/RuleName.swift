/// Why a step waits for another. Each rule has a sentence; the rules between systems are in `Planning/OrderingRules`, those
/// within one system in its planner, and those of a change of primary in its sequence.
package enum RuleName: String, Sendable, Hashable, CaseIterable {
    // Between systems
    case hostReadyBeforeRepmgr, primaryReadyBeforeStandbys, nodeSettledBeforeRepmgrd, upstreamBeforeDownstream
    case slotBeforeStart, othersMoveBeforeLeaving, unregisterBeforeSlotDrop, backupHostBeforeRecovery
    case primaryBeforeUsers, backendsBeforePools, passageBeforeClone, primaryBeforeBackup
    // Within one system
    case createBeforeRoles, fileBeforeRestart, oneStandbyAtATime, standbysBeforePrimary, loweredOnPrimaryFirst
    case stopBeforeSlotDrop, filesBeforePooler, connectionBeforeReceiver, chosenGoesOnFirst
    // A restart of the primary, its clients held
    case checkpointBeforeHold, poolerSettledBeforePause, pauseBeforeRestart, restartBeforeRelease
    // A planned change of primary
    case prepareBeforeHold, pausePoolersBeforeDemotion, demoteBeforePromotion, placeAfterDemotion, routeBeforeResume
    case promoteBeforeRoute, promoteBeforeFollow, clientsBeforeStandbys, clientsBeforeTheRest, followBeforeTheRest
    // A lost primary
    case fenceBeforeFreeze, noteBeforePromotion, promoteBeforeTheRest

    package var sentence: String {
        switch self {
        case .hostReadyBeforeRepmgr:
            "repmgr works with what the host's own server, its roles, its passfile and repmgr.conf let it do"
        case .primaryReadyBeforeStandbys: "a copy or a registration needs a primary that lets it in, and knows itself"
        case .nodeSettledBeforeRepmgrd: "repmgrd goes on when its own server is what it shall be"
        case .upstreamBeforeDownstream: "a cascading standby is copied from, or follows, one that runs and lets it in"
        case .slotBeforeStart: "a standby whose slot is missing would start without a stream"
        case .othersMoveBeforeLeaving: "nobody streams from, or is routed to, a node that leaves"
        case .unregisterBeforeSlotDrop: "repmgr's record names the slot: the record goes first"
        case .backupHostBeforeRecovery: "Barman copies over SSH, and knows the server by its file"
        case .primaryBeforeUsers: "users' secrets come from the primary"
        case .backendsBeforePools: "in a new cluster pools are opened when there is something behind them"
        case .passageBeforeClone: "repmgr reaches Barman's backups as soon as it clones from them"
        case .primaryBeforeBackup: "Barman connects as a role, through pg_hba.conf, to a server that has settled"
        case .createBeforeRoles: "roles are made in a cluster that exists"
        case .fileBeforeRestart: "a restart reads what was written before it"
        case .oneStandbyAtATime: "standbys restart one after the other: one is always there to read from"
        case .standbysBeforePrimary: "a bad value is met first where it hurts least, and no standby may have less"
        case .loweredOnPrimaryFirst: "a standby may have less only when the primary has"
        case .stopBeforeSlotDrop: "a slot in use cannot be dropped"
        case .filesBeforePooler: "PgBouncer reads its files when it starts, or resumes"
        case .connectionBeforeReceiver: "Barman's receiver needs everything by which Barman connects"
        case .chosenGoesOnFirst: "who was about to be promoted is told first where to receive from"
        case .checkpointBeforeHold: "what a checkpoint has to write is written before clients are held"
        case .poolerSettledBeforePause: "no pool is paused while its own PgBouncer has something done to it"
        case .pauseBeforeRestart: "clients are held before the server that they use goes down"
        case .restartBeforeRelease: "clients are let go when the server is back"
        case .prepareBeforeHold: "what can be done before clients are held is done before"
        case .pausePoolersBeforeDemotion: "clients are held before the primary that they use goes down"
        case .demoteBeforePromotion: "only one node may take writes"
        case .placeAfterDemotion: "the new file is put in place when there is no way back"
        case .routeBeforeResume: "clients are let go when their pools lead to the new primary"
        case .promoteBeforeRoute: "clients are led to a primary that takes writes"
        case .promoteBeforeFollow: "standbys go on towards a primary that takes writes"
        case .clientsBeforeStandbys: "no commit waits for a standby: clients go on first"
        case .clientsBeforeTheRest: "what clients wait for shares the hosts with nothing else"
        case .followBeforeTheRest: "a standby streams before its record is brought along"
        case .fenceBeforeFreeze: "nothing is acknowledged any more when positions are compared"
        case .noteBeforePromotion: "from then on the promoted node may be the primary, whether it is seen or not"
        case .promoteBeforeTheRest: "the rest is planned for the cluster with its new primary"
        }
    }
}
