import ClusterModel
import HostAccess

/// Where Barman's receiver goes on after a change of primary.
///
/// pg_receivewal asks for the segment after its last one, on that one's timeline. Where that very place is where the new
/// primary left this timeline, the server has nothing to send and says so at once, and pg_receivewal (seen with 15.18:
/// `could not send replication command "START_REPLICATION"`, without a reason) takes that for an error, each time anew.
/// An empty partial segment of the next timeline tells it where to go on; nothing lies between. (`barman receive-wal
/// --reset` would do it from wherever the server is by then, and leave a gap.)
struct ReceiverPosition {
    private let spec: BarmanSpec

    init(_ spec: BarmanSpec) {
        self.spec = spec
    }

    private var directory: String {
        spec.settings.last { $0.name == "streaming_wals_directory" }?.value ?? "\(spec.home)/\(spec.server)/streaming"
    }

    /// Does nothing where there is nothing to be done, or where the source does not answer: that is what the receiver then
    /// says itself.
    var script: String {
        let alias = Quoting.conninfo(spec.alias)
        let user = Quoting.conninfo(spec.streamingUser)
        return ShellProgram(
            Scripts.receiverPosition,
            [
                "received": directory,
                "streaming": "service=\(alias) user=\(user) dbname=replication replication=true",
                "source": "service=\(alias)",
            ]
        ).description
    }
}
