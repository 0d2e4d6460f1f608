import CLibPQ
import ClusterModel
import Glibc
import HostAccess

/// What libpq is told, and what it makes of it.
struct ConnectionSettings: Sendable {
    /// libpq's own keywords; a later one wins over an earlier one.
    let parameters: [(String, String)]
    private let password: Secret?

    init(parameters: [(String, String)], password: Secret?) {
        self.parameters = Self.defaults + parameters + [("client_encoding", "UTF8")]
        self.password = password
    }

    /// A held-open connection to a host that vanished must be found out while it idles. GSS encryption is left out unless asked
    /// for, because its negotiation blocks on the key server.
    private static let defaults =
        [("fallback_application_name", "pgregent"), ("gssencmode", "disable")] + Conninfo.patience.map { ($0, $1) }

    /// Begins a connection; names are resolved here and now unless `overrides` hold a `hostaddr`.
    ///
    /// - Returns: a PGconn that the caller owns, nil only when memory ran out.
    func start(overriding overrides: [(String, String)]) -> OpaquePointer? {
        var all = parameters
        if let password { all.append(("password", password.exposed)) }
        all += overrides
        let keywords = CStrings(all.map(\.0))
        let values = CStrings(all.map(\.1))
        return PQconnectStartParams(keywords.pointers, values.pointers, 0)
    }

    /// The values that libpq would use, from the parameters, the service file and the environment, without connecting.
    ///
    /// libpq gives them for a connection only; so one is begun with a last value that is not valid, and libpq stops
    /// after it has read everything else and before it resolves a name.
    func effective() -> [String: String] {
        guard let handle = start(overriding: [("target_session_attrs", "none")]) else { return [:] }
        defer { PQfinish(handle) }
        guard let options = PQconninfo(handle) else { return [:] }
        defer { PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, keyword[0] != 0, value[0] != 0 {
                values[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        values["password"] = nil
        return values
    }
}

/// One address to try: what is told to libpq beside the settings, and what people are told about it.
struct Endpoint: Hashable, Sendable {
    var host: String?
    var address: String?
    var port: String?
    var user: String
    var database: String

    var overrides: [(String, String)] {
        [("host", host), ("hostaddr", address), ("port", port)].compactMap { key, value in value.map { (key, $0) } }
    }

    var isSocketDirectory: Bool {
        guard address == nil else { return false }
        return host.map { $0.hasPrefix("/") || $0.hasPrefix("@") } ?? true
    }

    /// `db1:5432 [10.0.0.1] (user repmgr, database repmgr)`
    var description: String {
        var place = host ?? address ?? "the local socket"
        if let port { place += ":\(port)" }
        if let address, let host, host != address { place += " [\(address)]" }
        return "\(place) (user \(user), database \(database))"
    }
}

/// A NULL-terminated array of C strings that lives as long as this does.
final class CStrings {
    private let copies: [UnsafeMutablePointer<CChar>?]

    init(_ texts: [String?]) {
        copies = texts.map { text in text.flatMap { strdup($0) } } + [nil]
    }

    deinit {
        for copy in copies { free(copy) }
    }

    var pointers: [UnsafePointer<CChar>?] {
        copies.map { $0.map { UnsafePointer($0) } }
    }
}
