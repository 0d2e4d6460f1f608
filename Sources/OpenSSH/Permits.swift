internal import ClusterModel
internal import HostAccess

/// A number of permits that callers wait for, first come first served, no longer than their deadline.
actor Permits {
    enum Refusal: Error { case late, cancelled }

    private var free: Int
    private var next = 0
    private var waiting: [(id: Int, continuation: CheckedContinuation<Refusal?, Never>)] = []

    init(_ count: Int) {
        free = count
    }

    func acquire(until deadline: ContinuousClock.Instant) async throws(Refusal) {
        if Task.isCancelled { throw .cancelled }
        if free > 0 {
            free -= 1
            return
        }
        let id = next
        next += 1
        let alarm = Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            if !Task.isCancelled { self.refuse(id, .late) }
        }
        let refusal = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Refusal?, Never>) in
                if Task.isCancelled {
                    continuation.resume(returning: Refusal.cancelled)
                } else {
                    waiting.append((id, continuation))
                }
            }
        } onCancel: {
            Task { await self.refuse(id, .cancelled) }
        }
        alarm.cancel()
        if let refusal { throw refusal }
    }

    func release() {
        if waiting.isEmpty {
            free += 1
        } else {
            waiting.removeFirst().continuation.resume(returning: nil)
        }
    }

    private func refuse(_ id: Int, _ refusal: Refusal) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).continuation.resume(returning: refusal)
    }
}
