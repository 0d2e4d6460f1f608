import ClusterModel
import HostAccess
import Synchronization

/// What each host answered last. Most files say the same in every pass, and planning asks about each of them.
final class EarlierAnswers: Sendable {
    private let answers = Mutex<[HostName: HostProbe.Answers]>([:])

    /// The answers as they are, with what the same host's earlier ones have in common with them.
    func reused(in new: HostProbe.Answers, of host: HostName) -> HostProbe.Answers {
        answers.withLock { known in
            var answers = new
            if let earlier = known[host] { answers.reuse(earlier) }
            known[host] = answers
            return answers
        }
    }
}
