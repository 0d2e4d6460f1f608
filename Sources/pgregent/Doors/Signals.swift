import Dispatch
import Execution
import Glibc

/// The first SIGINT or SIGTERM lets steps in hand be finished; the second ends pgregent at once.
final class Signals {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopRequest) {
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                guard !stop.isRequested else {
                    Terminal.error("pgregent: stopping now; the next run finds what is unfinished")
                    _exit(128 + number)
                }
                Terminal.error("pgregent: finishing the steps in hand, then stopping (once more: stop now)")
                stop.request()
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
