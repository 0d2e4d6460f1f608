import Glibc
import HostAccess

/// Makes an `SQLFailure` of what libpq says about a connection that was not made.
///
/// libpq 15 gives a text only. Under `PQERRORS_VERBOSE` the server's part of it carries the SQLSTATE in whatever
/// language the server speaks, and the client's part ends with the C library's own words for the errno: both are
/// recognised without relying on English.
struct ConnectFailure {
    let text: String
    let endpoint: Endpoint

    var failure: SQLFailure {
        let state = sqlState
        return SQLFailure(
            state.map(Self.kind(ofState:)) ?? kindOfClientError, sqlState: state,
            "connecting to \(endpoint.description): \(oneLine)")
    }

    /// The first `SEVERITY:  SQLSTATE: …`; where libpq tried again without TLS, the first answer tells more.
    var sqlState: String? {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            for (before, part) in zip(parts, parts.dropFirst().dropLast()) where !before.isEmpty {
                guard part.hasPrefix("  "), part.utf8.count == 7 else { continue }
                let code = part.dropFirst(2)
                if code.utf8.allSatisfy({ ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x41 && $0 <= 0x5A) }) {
                    return String(code)
                }
            }
        }
        return nil
    }

    /// Lack of resources, shutdown, start and internal errors pass; everything else stays until somebody changes it.
    private static func kind(ofState state: String) -> SQLFailure.Kind {
        switch state.prefix(2) {
        case "53", "57", "58", "XX": .notAccepting
        default: .loginRejected
        }
    }

    /// What is neither the network nor a missing server is counted as a rejected login (TLS refused or not verified, no
    /// password at hand, a bad setting): it must never look like a dead server.
    private var kindOfClientError: SQLFailure.Kind {
        if names(ECONNREFUSED) || (endpoint.isSocketDirectory && names(ENOENT)) { return .refused }
        if names(EHOSTUNREACH, ETIMEDOUT, EHOSTDOWN) || Self.names(Self.noRoute, in: text) { return .unreachable }
        if names(ECONNRESET, EPIPE, ECONNABORTED) { return .notAccepting }
        if endpoint.isSocketDirectory && names(EAGAIN) { return .notAccepting }
        return text.contains("server closed the connection unexpectedly") ? .notAccepting : .loginRejected
    }

    /// This machine cannot send to such an address at all (no IPv6, say), so the failure says nothing about the server.
    static func meansNoRoute(_ failure: SQLFailure) -> Bool {
        failure.kind == .unreachable && names(noRoute, in: failure.message)
    }

    private static let noRoute = [ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT]

    private func names(_ errors: Int32...) -> Bool { Self.names(errors, in: text) }

    private static func names(_ errors: [Int32], in text: String) -> Bool {
        errors.contains { text.contains(String(cString: strerror($0))) }
    }

    /// Without libpq's repetition of the address, its advice (indented) and the place in the server's source.
    private var oneLine: String {
        var kept: [Substring] = []
        for line in text.split(separator: "\n") where !line.hasPrefix("\t") && !Self.isSourceLocation(line) {
            var rest = line
            if line.hasPrefix("connection to server"), let failed = line.firstRange(of: "failed: ") {
                rest = line[failed.upperBound...]
            }
            if !kept.contains(rest) { kept.append(rest) }
        }
        return kept.isEmpty ? "no reason given" : kept.joined(separator: "; ").replacing(":  ", with: ": ")
    }

    /// `LOCATION:  auth_failed, auth.c:335`
    private static func isSourceLocation(_ line: Substring) -> Bool {
        guard let colon = line.lastIndex(of: ":") else { return false }
        let number = line[line.index(after: colon)...]
        return line[..<colon].hasSuffix(".c") && !number.isEmpty && number.allSatisfy(\.isNumber)
    }
}
