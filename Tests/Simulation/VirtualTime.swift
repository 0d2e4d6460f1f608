import DequeModule
import HeapModule

#if canImport(Glibc)
    import Glibc
#endif

/// A clock that jumps from one event to the next, and the one thread on which everything of a schedule runs: so that the same
/// seed gives the same order, whatever the machine is busy with.
///
/// Whatever a schedule's tasks would hand to Swift's pool of threads is taken here instead, in the order in which it comes
/// (`swift_task_enqueueGlobal_hook`); when nothing is left to run, the clock moves on to the next who sleeps.
final class VirtualTime: TaskExecutor, @unchecked Sendable {
    private(set) var now = Duration.zero
    private var jobs = Deque<UnownedJob>()
    private var sleepers = Heap<Sleeper>()
    /// Who wants to be woken by what happens, before their time.
    private var watchers: [Sleeper] = []
    private var count = 0
    private var standing = 0

    private final class Sleeper: Comparable, @unchecked Sendable {
        let time: Duration
        private let number: Int
        private var continuation: UnsafeContinuation<Void, Never>?
        private(set) var isOver = false

        init(_ time: Duration, _ number: Int) {
            self.time = time
            self.number = number
        }

        func begin(_ continuation: UnsafeContinuation<Void, Never>) {
            if isOver { continuation.resume() } else { self.continuation = continuation }
        }

        func wake() {
            isOver = true
            continuation?.resume()
            continuation = nil
        }

        static func == (one: Sleeper, other: Sleeper) -> Bool { one === other }
        static func < (one: Sleeper, other: Sleeper) -> Bool { (one.time, one.number) < (other.time, other.number) }
    }

    /// Everybody waits, and nobody would ever wake them.
    struct Standstill: Error {}

    /// Runs a body and everything that it begins, on a thread of its own, to the end.
    static func run(_ body: @escaping @Sendable (VirtualTime) async -> Void) throws {
        GlobalExecutor.divert
        let work = Work(body)
        var thread = pthread_t()
        let box = Unmanaged.passRetained(work)
        pthread_create(
            &thread, nil,
            { raw in
                if let raw { Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_join(thread, nil)
        if !work.isDone { throw Standstill() }
    }

    private final class Work: @unchecked Sendable {
        private let body: @Sendable (VirtualTime) async -> Void
        private(set) var isDone = false

        init(_ body: @escaping @Sendable (VirtualTime) async -> Void) { self.body = body }

        func run() {
            let time = VirtualTime()
            GlobalExecutor.current = time
            Task {
                await body(time)
                isDone = true
            }
            time.drive { isDone }
            GlobalExecutor.current = nil
        }
    }

    private func drive(until isDone: () -> Bool) {
        while true {
            while let job = jobs.popFirst() { job.runSynchronously(on: asUnownedTaskExecutor()) }
            if isDone() { return }
            guard let next = sleepers.popMin() else { return }
            guard !next.isOver else { continue }
            now = max(now, next.time)
            next.wake()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) { add(UnownedJob(job)) }

    fileprivate func add(_ job: UnownedJob) { jobs.append(job) }

    /// Until then, or until the task is cancelled.
    /// - Parameter isWatching: also until something happens to the hosts (`wakeWatchers`).
    func sleep(until time: Duration, isWatching: Bool = false) async {
        guard time > now else {
            // Who waits for nothing, again and again, would never end.
            standing += 1
            precondition(standing < 1_000_000, "somebody goes round while no time passes")
            return
        }
        standing = 0
        count += 1
        let sleeper = Sleeper(time, count)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                sleeper.begin(continuation)
                guard !sleeper.isOver else { return }
                sleepers.insert(sleeper)
                if isWatching { watchers.append(sleeper) }
            }
        } onCancel: {
            sleeper.wake()
        }
    }

    func sleep(for duration: Duration) async { await sleep(until: now + duration) }

    /// Something has happened that who watches should look at.
    func wakeWatchers() {
        let woken = watchers
        watchers = []
        for sleeper in woken { sleeper.wake() }
    }
}

/// Swift's pool of threads, and the way around it for threads that have a virtual time.
private enum GlobalExecutor {
    private typealias Original = @convention(thin) (UnownedJob) -> Void
    private typealias Hook = @convention(thin) (UnownedJob, Original) -> Void

    /// Once for the process; a thread without a virtual time notices nothing of it.
    static let divert: Void = {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "swift_task_enqueueGlobal_hook") else {
            fatalError("this Swift runtime has no swift_task_enqueueGlobal_hook")
        }
        symbol.assumingMemoryBound(to: Hook?.self).pointee = { job, original in
            if let time = GlobalExecutor.current { time.add(job) } else { original(job) }
        }
    }()

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key, nil)
        return key
    }()

    /// The virtual time of the calling thread; whoever sets it keeps it alive.
    static var current: VirtualTime? {
        get { pthread_getspecific(key).map { Unmanaged<VirtualTime>.fromOpaque($0).takeUnretainedValue() } }
        set { pthread_setspecific(key, newValue.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) }) }
    }
}
