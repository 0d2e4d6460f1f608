import FoundationEssentials
import Glibc

/// systemd's protocol for services that say how they are (sd_notify(3)): datagrams to the socket in $NOTIFY_SOCKET.
struct ServiceNotifier: Sendable {
    private let path: String?

    init() {
        path = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"]
    }

    /// Nothing is said where nobody listens.
    func tell(_ message: String) {
        guard let path, !path.isEmpty, let address = UnixAddress(path) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let text = Array(message.utf8)
        _ = address.withPointer { sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }
}
