import FoundationEssentials
import Glibc
import HostAccess
import Testing

@Suite struct AnswersTests {
    @Test("base64 is what the program of that name makes, and comes back")
    func base64() throws {
        for length in [0, 1, 2, 3, 4, 57, 255] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let octal = bytes.map { "\\" + String($0, radix: 8) }.joined()
            let program = try Program.output(of: "printf '\(octal)' | base64 -w0")
            #expect(Base64.encode(bytes) == String(decoding: program, as: UTF8.self))
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
        }
        #expect(Base64.decode("a$b=") == nil)
    }

    @Test("answers are told apart by their keys, whatever a file holds")
    func answers() {
        let answers = HostProbe.answers(
            """
            pg.data cluster
            pg.absent a
            pg.absent b c

            pg.ok yes
            probe.texts 5eed-mark pg.conf pg.hba:- pg.mark:! pg.empty
            pg.data missing
            probe.texts x pg.hba
            5eed-mark
            5eed-mark

            """)
        #expect(answers.word("pg.data") == "cluster")
        #expect(answers.text("pg.conf") == .content("pg.data missing\nprobe.texts x pg.hba\n"))
        #expect(answers.text("pg.empty") == .content(""))
        #expect(answers.text("pg.hba") == .missing)
        #expect(answers.text("pg.mark") == .unreadable)
        #expect(answers.text("pg.nothing") == .unreadable)
        #expect(answers.words("pg.absent") == ["a", "b c"])
        #expect(answers.isYes("pg.ok") && !answers.isYes("pg.data"))
    }

    @Test("a file that holds the mark, or an answer that breaks off, makes no text pass for another")
    func marks() {
        for texts in ["evil m\nm\nother\nm\n", "one\nm\ntw", "m\n", ""] {
            let answers = HostProbe.answers("k.ok yes\nprobe.texts m k.a k.none:- k.b\n" + texts)
            #expect(answers.isYes("k.ok") && answers.text("k.none") == .missing)
            #expect(answers.text("k.a") == .unreadable && answers.text("k.b") == .unreadable, "\(texts)")
        }
    }

    @Test("a file comes back byte for byte, whatever its name and its end", arguments: Hostile.texts)
    func files(_ text: String) throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "pgregent it's \"$(id)\" \(UInt64.random(in: 0 ... .max))"
        ).path
        defer { unlink(path) }
        try Data(text.utf8).write(to: URL(filePath: path))
        let quoted = Quoting.shell(path)
        let script = HostProbe.script("file k.a \(quoted)\ntext k.b \(Quoting.shell(text))\nfile k.c \(quoted)\n")
        let answers = HostProbe.answers(String(decoding: try Program.output(of: script), as: UTF8.self))
        for key in ["k.a", "k.b", "k.c"] { #expect(answers.text(key) == .content(text), "\(key)") }
    }

    @Test("the prelude's functions answer as they are read")
    func prelude() throws {
        let script =
            HostProbe.script(
                "file k.none /does/not/exist\nfile k.dir /\nfile k.file /etc/hostname\nexists k.root -d /\nprograms k.absent sh no-such-program\ntold k.told printf 'a b\\n'\n"
            )
        let answers = HostProbe.answers(String(decoding: try Program.output(of: script), as: UTF8.self))
        #expect(answers.text("k.none") == .missing)
        #expect(answers.text("k.dir") == .unreadable)
        #expect(answers.text("k.file").text != nil)
        #expect(answers.isYes("k.root"))
        #expect(answers.words("k.absent") == ["no-such-program"])
        #expect(answers.text("k.told") == .content("a b"))
    }

    @Test("results of psql are taken apart: rows, NULL, empty text, a statement that failed")
    func results() {
        let output = "a\u{1F}b\u{1E}1\u{1F}\u{1D}\u{1E}\u{1F}x\ny\n\u{1C}\n\u{1C}\nonly\n\u{1C}\n"
        let results = HostSQL.results(output)
        #expect(results.count == 3)
        #expect(results[0]?.columns == ["a", "b"])
        #expect(results[0]?.rows == [["1", nil], ["", "x\ny"]])
        #expect(results[1] == nil)
        #expect(results[2]?.columns == ["only"] && results[2]?.rows == [])
    }
}
