import TestKit

/// Damages texts in ways that YAML's grammar cares about.
struct Mutator {
    var generator: SplitMix64
    let corpus: [[UInt8]]

    private static let fragments: [[UInt8]] =
        [
            "&a ", "*a", "<<: *a\n", "[", "]", "{", "}", ": ", "- ", "? ", "|\n", ">-\n", "'", "\"", "\\u0000", "\\",
            "!!str ",
            "!x ", "%YAML 1.1\n", "---\n", "...\n", "#", "\t", "\n", "\r\n", "\u{2028}", "\u{FEFF}", "null", "~", "0x",
            "99999999999999999999", "-1", "1e999", "365d", "9223372036854775807TB", "password=x", "upstream: vm1\n",
            "é", "🐘",
        ].map { Array($0.utf8) } + [[0], [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80]]

    mutating func next() -> [UInt8] {
        guard var bytes = corpus.randomElement(using: &generator) else { return [] }
        for _ in 0..<Int.random(in: 1...6, using: &generator) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...40, using: &generator))
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes.insert(contentsOf: Self.fragments.randomElement(using: &generator) ?? [], at: place)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &generator))
        case 3: bytes.removeSubrange(place...)
        case 4 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        default:
            guard let other = corpus.randomElement(using: &generator), !other.isEmpty else { return }
            let start = Int.random(in: 0..<other.count, using: &generator)
            bytes.insert(contentsOf: other[start..<min(other.count, start + 200)], at: place)
        }
    }
}
