import CCrypto
import CLibPQ
package import ClusterModel
import Foundation
package import HostAccess

/// The form in which PostgreSQL stores a password: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey` (RFC 5803).
///
/// A password is prepared by SASLprep first. Making is libpq's own work, so any password that can log in through
/// libpq is prepared as the server expects. Checking tries the password's bytes as they are, which is what PostgreSQL
/// falls back to, and for a password outside ASCII also its compatibility-composed form without the characters that
/// SASLprep removes.
package enum SCRAMSecret {
    /// A secret with a fresh salt of 16 bytes and 4096 iterations.
    ///
    /// - Throws: for an empty password, which PostgreSQL takes as no password, and one that holds a NUL.
    package static func make(password: Secret) throws(SecretFailure) -> Secret {
        let text = password.exposed
        guard !text.isEmpty, !text.utf8.contains(0) else {
            throw SecretFailure("a password must hold a character, and no NUL")
        }
        // A PGconn that never connects: libpq hangs its errors on one, and with the algorithm given asks no server.
        let settings = ConnectionSettings(parameters: [("target_session_attrs", "none")], password: nil)
        guard let unconnected = settings.start(overriding: []) else {
            throw SecretFailure("making a SCRAM secret: out of memory")
        }
        defer { PQfinish(unconnected) }
        guard let secret = PQencryptPasswordConn(unconnected, text, "", "scram-sha-256") else {
            throw SecretFailure("making a SCRAM secret: \(String(cString: PQerrorMessage(unconnected)).oneLine)")
        }
        defer { PQfreemem(secret) }
        return Secret(String(cString: secret))
    }

    /// Whether the password is the one that the stored secret was made of. A stored text of another form (md5) never
    /// matches.
    package static func matches(password: Secret, stored: Secret) -> Bool {
        guard let stored = Parsed(stored.exposed) else { return false }
        return forms(of: password.exposed).contains { form in
            guard let salted = pbkdf2(form, salt: stored.salt, iterations: stored.iterations),
                let clientKey = hmac(key: salted, of: "Client Key"), let serverKey = hmac(key: salted, of: "Server Key")
            else { return false }
            // Both are compared whatever the first one gives.
            let client = isSame(sha256(clientKey), stored.storedKey)
            let server = isSame(serverKey, stored.serverKey)
            return client && server
        }
    }

    private struct Parsed {
        var iterations: Int32
        var salt: [UInt8]
        var storedKey: [UInt8]
        var serverKey: [UInt8]

        init?(_ text: String) {
            let parts = text.split(separator: "$", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "SCRAM-SHA-256" else { return nil }
            let (first, second) = (parts[1].split(separator: ":"), parts[2].split(separator: ":"))
            guard first.count == 2, second.count == 2, let iterations = Int32(first[0]), iterations > 0,
                let salt = Data(base64Encoded: String(first[1])),
                let storedKey = Data(base64Encoded: String(second[0])), storedKey.count == digestLength,
                let serverKey = Data(base64Encoded: String(second[1])), serverKey.count == digestLength
            else { return nil }
            self.iterations = iterations
            (self.salt, self.storedKey, self.serverKey) = ([UInt8](salt), [UInt8](storedKey), [UInt8](serverKey))
        }
    }

    private static let digestLength = Int(SHA256_DIGEST_LENGTH)

    /// RFC 4013, section 2: spaces become a space, some characters become nothing, then NFKC.
    private static func forms(of password: String) -> [[UInt8]] {
        let raw = [UInt8](password.utf8)
        guard raw.contains(where: { $0 >= 0x80 }) else { return [raw] }
        var mapped = String.UnicodeScalarView()
        for scalar in password.unicodeScalars where !mappedToNothing.contains(scalar.value) {
            mapped.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
        }
        return [[UInt8](String(mapped).precomposedStringWithCompatibilityMapping.utf8), raw]
    }

    /// RFC 3454, table B.1.
    private static let mappedToNothing = Set<UInt32>(0xFE00...0xFE0F).union([
        0x00AD, 0x034F, 0x1806, 0x180B, 0x180C, 0x180D, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF,
    ])

    private static func pbkdf2(_ password: [UInt8], salt: [UInt8], iterations: Int32) -> [UInt8]? {
        var derived = [UInt8](repeating: 0, count: digestLength)
        let done = password.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                PKCS5_PBKDF2_HMAC(
                    characters.baseAddress, Int32(characters.count), salt, Int32(salt.count), iterations, EVP_sha256(),
                    Int32(derived.count), &derived)
            }
        }
        return done == 1 ? derived : nil
    }

    private static func hmac(key: [UInt8], of text: String) -> [UInt8]? {
        var code = [UInt8](repeating: 0, count: digestLength)
        var length: UInt32 = 0
        let message = [UInt8](text.utf8)
        let done = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &code, &length) != nil
        return done && Int(length) == digestLength ? code : nil
    }

    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: digestLength)
        _ = SHA256(bytes, bytes.count, &digest)
        return digest
    }

    /// In a time that does not depend on where they differ.
    private static func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }
}
