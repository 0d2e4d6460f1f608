import ClusterModel
import Testing

@Suite struct LSNTests {
    @Test(
        "reads and writes PostgreSQL's text form", arguments: ["0/0", "0/5000060", "16/B374D848", "FFFFFFFF/FFFFFFFF"])
    func roundTrip(_ text: String) {
        #expect(LSN(text)?.description == text)
    }

    @Test(
        "refuses what PostgreSQL would",
        arguments: ["", "0", "/", "0/", "/0", "0/1/2", "G/0", "0/100000000", "0 /1", "-1/0"])
    func refused(_ text: String) {
        #expect(LSN(text) == nil)
    }

    @Test("is ordered by position, across the slash too")
    func order() {
        let low = LSN(rawValue: 0xFFFF_FFFF)
        let high = LSN(rawValue: 0x1_0000_0000)
        #expect(low < high)
        #expect(low.description == "0/FFFFFFFF" && high.description == "1/0")
        #expect(low.lag(behind: high) == 1)
        #expect(high.lag(behind: low) == 0)
    }
}

@Suite struct ByteSizeTests {
    @Test(
        "reads PostgreSQL's units",
        arguments: [("0B", 0), ("16MB", 16 << 20), ("8 kB", 8 << 10), ("1GB", 1 << 30), ("3TB", 3 << 40)]
            as [(String, UInt64)])
    func reads(_ text: String, bytes: UInt64) {
        #expect(ByteSize(text)?.bytes == bytes)
    }

    @Test(
        "refuses the rest",
        arguments: ["", "16", "MB", "16mb", "16KB", "-1MB", "1.5GB", "99999999999TB", "16MB x", "१MB"])
    func refused(_ text: String) {
        #expect(ByteSize(text) == nil)
    }

    @Test(
        "writes what it reads as the same size",
        arguments: [0, 1, 1023, 1024, 1 << 20, 3 << 40, (1 << 30) + 1] as [UInt64])
    func roundTrip(_ bytes: UInt64) {
        #expect(ByteSize(ByteSize(bytes: bytes).description)?.bytes == bytes)
    }
}

@Suite struct SecretTests {
    private let use = SecretUse.scram(.environment("PASSWORD"))

    @Test("a text with secrets shows asterisks and resolves to the text")
    func text() {
        let inner: SecretText = "'\(use)'"
        let text: SecretText = "ALTER ROLE \("x") PASSWORD \(inner); -- \(3)"
        #expect(text.redacted == "ALTER ROLE x PASSWORD '********'; -- 3")
        #expect(text.resolved([use: Secret("s3cret")])?.exposed == "ALTER ROLE x PASSWORD 's3cret'; -- 3")
        #expect(text.resolved([:]) == nil)
        #expect(text.uses == [use])
    }

    @Test("a secret is printed by nothing")
    func printing() {
        let secret = Secret("s3cret")
        var dumped = ""
        dump(["key": secret], to: &dumped)
        for text in ["\(secret)", String(reflecting: secret), "\([secret])", "\(Optional(secret) as Any)", dumped] {
            #expect(!text.contains("s3cret"))
        }
    }
}
