import Dispatch
import Execution
import Glibc

/// The first SIGINT or SIGTERM asks for an orderly end; the second ends pgregent at once.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    /// Lets steps in hand be finished.
    convenience init(_ stop: StopRequest) {
        self.init(
            first: "finishing the steps in hand, then stopping (once more: stop now)",
            second: "stopping now; the next run finds what is unfinished"
        ) { stop.request() }
    }

    /// - Parameters:
    ///   - first: said at the first one, before `ask`.
    ///   - second: said at the second one.
    init(first: String, second: String, _ ask: @escaping @Sendable () -> Void) {
        let once = StopRequest()
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard !once.isRequested else {
                    Terminal.error("pgregent: \(second)")
                    _exit(128 + number)
                }
                once.request()
                Terminal.error("pgregent: \(first)")
                ask()
            }
            source.resume()
            return source
        }
    }

    func cancel() {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}
