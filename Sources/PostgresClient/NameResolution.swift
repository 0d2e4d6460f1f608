import Glibc
import HostAccess
import Polling

/// From the settings to addresses, before libpq sees them: libpq resolves names synchronously, and leaves an address
/// that does not answer only when the kernel gives up.
struct NameResolution: Sendable {
    let settings: ConnectionSettings

    /// Every address to try, in libpq's order.
    func endpoints(until limit: ContinuousClock.Instant) async throws(SQLFailure) -> [Endpoint] {
        let outcome = await DetachedThread.run(until: limit) { [self] in survey() }
        let asked = settings.parameters.last { $0.0 == "host" }?.1 ?? "the configured host"
        switch outcome {
        case .done(let found):
            if found.endpoints.isEmpty {
                throw SQLFailure(.nameResolution, "connecting: " + found.problems.joined(separator: "; "))
            }
            return found.endpoints
        case .timedOut:
            throw SQLFailure(.nameResolution, "resolving \(asked): no answer from the name service within the time")
        case .cancelled:
            throw SQLFailure(.cancelled, "resolving \(asked): cancelled")
        case .noThread:
            throw SQLFailure(.nameResolution, "resolving \(asked): this machine has no thread or descriptor free")
        }
    }

    private struct Survey: Sendable {
        var endpoints: [Endpoint] = []
        var problems: [String] = []
    }

    /// Blocks. A list of hosts is paired with its ports and addresses as libpq pairs them.
    private func survey() -> Survey {
        let effective = settings.effective()
        func list(_ key: String) -> [String] {
            effective[key]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        }
        let (hosts, addresses, ports) = (list("host"), list("hostaddr"), list("port"))
        var survey = Survey()
        for index in 0..<max(1, hosts.count, addresses.count) {
            var endpoint = Endpoint(user: effective["user"] ?? "", database: effective["dbname"] ?? "")
            endpoint.host = hosts.element(index)
            endpoint.address = addresses.element(index)
            endpoint.port = ports.count == 1 ? ports.first : ports.element(index)
            guard endpoint.address == nil, !endpoint.isSocketDirectory, let name = endpoint.host else {
                survey.endpoints.append(endpoint)
                continue
            }
            switch Self.addresses(of: name) {
            case .success(let found):
                survey.endpoints += found.map { address in
                    var one = endpoint
                    one.address = address
                    return one
                }
            case .failure(let problem):
                survey.problems.append("could not resolve \(name): \(problem.text)")
            }
        }
        return survey
    }

    private struct Problem: Error {
        var text: String
    }

    private static func addresses(of name: String) -> Result<[String], Problem> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(name, nil, &hints, &list)
        guard status == 0 else { return .failure(Problem(text: String(cString: gai_strerror(status)))) }
        defer { freeaddrinfo(list) }
        var found: [String] = []
        var next = list
        while let entry = next?.pointee {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let address = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
                if !found.contains(address) { found.append(address) }
            }
            next = entry.ai_next
        }
        return found.isEmpty ? .failure(Problem(text: "no addresses")) : .success(found)
    }
}

extension [String] {
    /// The element there, unless it is missing or empty.
    fileprivate func element(_ index: Int) -> String? {
        index < count && !self[index].isEmpty ? self[index] : nil
    }
}
