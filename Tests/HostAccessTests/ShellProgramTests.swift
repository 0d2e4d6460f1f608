import HostAccess
import Testing

/// What is run on a host: files with named arguments before them.
@Suite struct ShellProgramTests {
    private func file(_ text: String) -> ShellFile { ShellFile(Array(text.utf8)) }

    private func output(_ program: ShellProgram) throws -> String {
        String(decoding: try Program.output(of: program.description), as: UTF8.self)
    }

    @Test("the head of a file is left out, and so is what is said to shellcheck")
    func head() {
        let file = file(
            """
            # shellcheck shell=sh disable=SC2154  # a reason
            #
            # What it does.
            # As in: a sentence.
            #
            # data: the data directory
            # ask(): asks
            # $@: the words

            # Stays.
            # shellcheck disable=SC2086  # a reason
            ask $data "$@"

            """)
        #expect(file.text == "# Stays.\nask $data \"$@\"")
        #expect(file.needs == ["data", "ask()", "$@"])
    }

    @Test("a variable and a word hold what was given, whatever it is", arguments: Hostile.texts)
    func values(_ text: String) throws {
        let program = ShellProgram(
            file("# value: a text\n# $@: words\n\nprintf '<%s>' \"$value\" \"$@\" \"$#\"\n"), ["value": text],
            words: [text, "-n", text])
        #expect(try output(program) == "<\(text)><\(text)><-n><\(text)><3>")
    }

    @Test("a function runs shell text with its words, its input and its status")
    func functions() throws {
        let program = ShellProgram(
            file("# ask(): asks\n\nr=$(ask a 'b c') || echo failed; echo \"$r\"\n"),
            functions: ["ask": "cat <<'X'\nhere\nX\necho $# \"$2\"; false # and a comment"])
        #expect(try output(program) == "failed\nhere\n2 b c\n")
    }

    @Test("what is joined comes in its order, after all arguments, and a shared argument once")
    func joined() {
        let shared = ShellProgram(file("# data: it\n\nshared() { :; }\n"), ["data": "/a b"])
        let other = ShellProgram(file("# mark: it\n\nother() { :; }\n"), ["mark": "m"], after: [shared])
        let program = ShellProgram(file("# data: it\n\nshared; other\n"), ["data": "/a b"], after: [shared, other])
        #expect(
            program.calling("last").description == """
                data='/a b'
                mark=m
                shared() { :; }
                shared() { :; }
                other() { :; }
                shared; other
                last
                """)
    }

    @Test("no words are none, and leave those of before when none are given")
    func words() throws {
        let count = file("# $@: words\n\necho $#\n")
        #expect(try output(ShellProgram(count, words: [])) == "0\n")
        let after = ShellProgram(file("echo $#\n"), after: [ShellProgram(file(":\n"), words: ["a", ""])])
        #expect(try output(after) == "2\n")
    }
}
