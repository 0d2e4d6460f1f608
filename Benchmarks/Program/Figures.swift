import Glibc

/// Figures of repeated work: one line each, for `Benchmarks/bench`.
struct Figures {
    private var values: [Double] = []

    mutating func add(_ value: Double) {
        values.append(value)
    }

    /// `name median minimum maximum count`
    func line(_ name: String) -> String {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return "\(name) - - - 0" }
        let middle = sorted.count / 2
        let median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        return ([name] + [median, first, last].map(Self.text) + [String(sorted.count)]).joined(separator: " ")
    }

    private static func text(_ value: Double) -> String {
        String((value * 1000).rounded() / 1000)
    }
}

/// What this process used until now.
enum OwnUse {
    /// Processor time in milliseconds, of this process alone.
    static var cpu: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        return seconds * 1000 + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000
    }

    /// The most memory that it ever had, in kB.
    static var peakMemory: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}

extension Duration {
    var milliseconds: Double {
        Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
    }
}
