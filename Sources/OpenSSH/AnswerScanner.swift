private import Glibc

/// Cuts what arrives at the markers, as it arrives, so that an answer without end is noticed while it grows.
struct AnswerScanner {
    /// The most that one part may hold.
    static let limit = 16 << 20

    private let marker: [UInt8]
    private let wanted: Int
    private var buffer: [UInt8] = []
    private var searched = 0
    private var begun = false
    private(set) var parts: [[UInt8]] = []

    /// - Parameter parts: how many parts the answer has; what comes before the first marker is none of it.
    init(marker: [UInt8], parts wanted: Int) {
        self.marker = marker
        self.wanted = wanted
    }

    var isComplete: Bool { begun && parts.count == wanted }
    private(set) var isTooLarge = false

    mutating func add(_ bytes: some Sequence<UInt8>) {
        guard !isComplete, !isTooLarge else { return }
        buffer.append(contentsOf: bytes)
        var start = 0
        while !isComplete, let found = position(from: max(start, searched)) {
            if begun { parts.append(Array(buffer[start..<found])) } else { begun = true }
            if found - start > Self.limit { isTooLarge = true }
            start = found + marker.count
            searched = start
        }
        buffer.removeFirst(start)
        searched = max(0, buffer.count - marker.count + 1)
        if searched > Self.limit { isTooLarge = true }
    }

    private func position(from offset: Int) -> Int? {
        buffer.withUnsafeBytes { all -> Int? in
            guard let base = all.baseAddress, let first = marker.first else { return nil }
            var next = offset
            while next + marker.count <= all.count {
                guard let hit = memchr(base + next, Int32(first), all.count - marker.count + 1 - next) else {
                    return nil
                }
                next = UnsafeRawPointer(hit) - base
                if memcmp(base + next, marker, marker.count) == 0 { return next }
                next += 1
            }
            return nil
        }
    }
}
