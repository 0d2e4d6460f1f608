extension RepmgrAction {
    func words(on target: HostName) -> Words {
        switch self {
        case .configure(let file, let differing, let observed, _):
            Words(
                file, detail: observed == nil ? "" : differing.map(\.name).joined(separator: ", "),
                because: observed == nil ? "the file does not exist" : "settings differ from cluster.yaml")
        case .clone(let clone): clone.words(on: target)
        case .follow(let upstream, let now, _):
            Words(
                upstream, detail: "upstream: \(now ?? "none") -> \(upstream)",
                because: now.map { "it streams from \($0)" } ?? "it does not stream, and does not point at \(upstream)")
        case .rejoin(let upstream, _):
            Words("as a standby of \(upstream)", because: "it was the primary until the switchover")
        case .rewind(let rewind):
            Words(
                "rewind, then as a standby of \(rewind.upstream)",
                because: rewind.stopsFirst
                    ? "it has log that \(rewind.upstream) was promoted without, and failover.rejoin is rewind"
                    : "it was replaced as primary, and failover.rejoin is rewind")
        case .reconnect(let upstream, _):
            Words(
                "wait until it streams from \(upstream)",
                because: "it points at \(upstream) and has no stream now; if it stays so, its own log says why")
        case .register(let registration): registration.words
        case .unregister: Words("its data stays", because: "ensure is absent")
        case .startDaemon:
            Words("repmgrd", because: "failover.owner is repmgrd, and it does not run on \(target)")
        case .pauseDaemon: Words("repmgrd", because: "it would take the stopped primary for a lost one")
        case .unpauseDaemon:
            Words("repmgrd", because: "pgregent paused it for a change of primary, which is over")
        }
    }
}

extension Clone {
    fileprivate func words(on target: HostName) -> Words {
        let reason =
            givesUpData
            ? "it was replaced as primary, and failover.rejoin is clone"
            : isRetry ? "an earlier clone was not finished" : "\(target) holds no copy of the database"
        return Words("from \(upstream), then register", detail: size?.description ?? "", because: reason)
    }
}

extension Registration {
    fileprivate var words: Words {
        guard let mismatches else {
            return Words("as \(type.rawValue)", because: "repmgr does not know the node")
        }
        return Words(
            "metadata", detail: mismatches.map(\.description).joined(separator: ", "),
            because: "repmgr's record is not true")
    }
}
