import ClusterModel
import HostAccess
import PostgresClient
import Testing

@Suite struct SCRAMSecretTests {
    static let passwords = ["plain", "pässwörd ½", "o'er\\", "a\u{00A0}b", "\u{1F418}", "I\u{00AD}X", "\u{2168}"]

    let server: TestServer

    init() throws {
        server = try TestServer.shared.get()
    }

    @Test(arguments: passwords.indices)
    func aRoleLogsInWithTheSecretThatWasMade(_ index: Int) async throws {
        let password = Secret(Self.passwords[index])
        let secret = try SCRAMSecret.make(password: password)
        #expect(secret.exposed.hasPrefix("SCRAM-SHA-256$4096:"))
        #expect(SCRAMSecret.matches(password: password, stored: secret))
        #expect(!SCRAMSecret.matches(password: Secret("another"), stored: secret))
        let owner = server.session()
        let create = "CREATE ROLE made_\(index) LOGIN PASSWORD " + Quoting.literal(secret.exposed)
        _ = try await owner.query(create, deadline: .seconds(20))
        let role = server.remoteSession([("user", "made_\(index)")], password: password)
        #expect(try await role.value("SELECT current_user") == "made_\(index)")
    }

    @Test(arguments: passwords.indices)
    func aSecretThatTheServerMadeMatches(_ index: Int) async throws {
        let owner = server.session()
        let password = Self.passwords[index]
        let create = "CREATE ROLE server_\(index) LOGIN PASSWORD " + Quoting.literal(password)
        _ = try await owner.query(create, deadline: .seconds(20))
        let read = "SELECT rolpassword FROM pg_authid WHERE rolname = 'server_\(index)'"
        let stored = Secret(try #require(try await owner.value(read)))
        #expect(SCRAMSecret.matches(password: Secret(password), stored: stored))
        #expect(!SCRAMSecret.matches(password: Secret(password + "x"), stored: stored))
    }

    @Test(arguments: ["", "md5abcdef", "SCRAM-SHA-256$4096:c2FsdA==$x:y", "SCRAM-SHA-256$0:c2FsdA==$:", "$$"])
    func aTextThatIsNoSecretMatchesNothing(_ stored: String) {
        #expect(!SCRAMSecret.matches(password: Secret(""), stored: Secret(stored)))
    }

    @Test(arguments: ["", "a\0b"])
    func someTextsAreNoPasswords(_ password: String) {
        #expect(throws: SecretFailure.self) { try SCRAMSecret.make(password: Secret(password)) }
    }
}
