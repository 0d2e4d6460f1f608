import HostAccess
import Testing

@Suite struct QuotingTests {
    @Test("the shell reads back every hostile word, all of them in one command")
    func shell() throws {
        let words = Hostile.texts.map { Quoting.shell($0) }.joined(separator: " ")
        let output = try Program.output(of: "printf '%s\\0' \(words)")
        let read = output.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(read.map { Array($0.utf8) } == Hostile.texts.map { Array($0.utf8) })
    }

    @Test("a NUL cannot be part of a word and is dropped")
    func nul() {
        #expect(Quoting.shell("a\0b") == "'ab'")
    }

    @Test("a connection string says what was put in", arguments: Hostile.texts)
    func conninfo(_ text: String) {
        let conninfo = Quoting.conninfo([("host", text), ("port", "5432")])
        #expect(Conninfo.parse(conninfo) == ["host": text, "port": "5432"])
    }

    @Test("a value of a configuration file says what was put in, but for line breaks", arguments: Hostile.texts)
    func configuration(_ text: String) {
        let written = Quoting.configuration(text)
        #expect(!written.contains { $0.isNewline && $0 != "\u{B}" })
        if !text.contains(where: \.isNewline) { #expect(unquoted(written) == text) }
    }

    @Test("identifiers and literals double what ends them")
    func sql() {
        #expect(Quoting.identifier("a\"b") == "\"a\"\"b\"")
        #expect(Quoting.literal("it's") == "'it''s'")
        #expect(Quoting.literal("a\\b'c") == " E'a\\\\b''c'")
        #expect(Quoting.literal("") == "''")
    }

    @Test("a passfile's field escapes colons and backslashes")
    func passfile() {
        #expect(Quoting.passfile("a:b\\c") == "a\\:b\\\\c")
    }
}

@Suite struct ConninfoTests {
    @Test("spaces, quotes and escapes are read as libpq reads them")
    func parse() {
        #expect(
            Conninfo.parse(" host = a  port='54 32' password='it\\'s' user=a\\ b ") == [
                "host": "a", "port": "54 32", "password": "it's", "user": "a b",
            ])
        #expect(Conninfo.parse("") == [:])
        #expect(Conninfo.parse("host=") == ["host": ""])
    }

    @Test("what libpq refuses is nil", arguments: ["host", "host='a", "=a", "a b=c", "host=a\\", "postgresql://h/d"])
    func refused(_ text: String) {
        #expect(Conninfo.parse(text) == nil)
    }

    @Test("order, quotes and the usual port make no difference; anything else does")
    func same() {
        #expect(Conninfo.same("host=a port=5432", "port='5432' host=a"))
        #expect(Conninfo.same("host=a", "host=a port=5432"))
        #expect(!Conninfo.same("host=a", "host=a port=5433"))
        #expect(!Conninfo.same("host=a user=x", "host=a"))
        #expect(Conninfo.same("postgresql://h/d", "postgresql://h/d"))
    }
}
