import FoundationEssentials
import Glibc
import Polling
import Synchronization

/// A connected socket in the file system that carries lines of JSON.
final class LineSocket: Sendable {
    private let descriptor: Int32
    private let isClosed = Mutex(false)
    /// A caller sends a name or two, and the daemon a plan.
    private static let longestLine = 16 << 20

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// - Returns: nil where nobody listens there, or we may not speak to it; `errno` says why.
    static func connect(to path: String) -> LineSocket? {
        guard let address = UnixAddress(path) else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let failed = address.withPointer { Glibc.connect(descriptor, $0, $1) }
        guard failed == 0 else {
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return nil
        }
        return LineSocket(descriptor: descriptor)
    }

    /// - Returns: false where nobody reads any more.
    @discardableResult
    func send(_ message: some Encodable) -> Bool {
        guard let data = try? JSONEncoder().encode(message) else { return false }
        var bytes = (Array(data) + [UInt8(ascii: "\n")])[...]
        return isClosed.withLock { isClosed in
            while !isClosed, !bytes.isEmpty {
                let sent = bytes.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if sent < 0, errno == EINTR { continue }
                guard sent > 0 else { return false }
                bytes = bytes.dropFirst(sent)
            }
            return bytes.isEmpty
        }
    }

    /// What the other side sends, until it closes or says what is none of ours.
    func messages<Message: Decodable & Sendable>(_: Message.Type) -> AsyncStream<Message> {
        AsyncStream { continuation in
            let started = DetachedThread.run { [self] in
                var line: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65536)
                reading: while true {
                    let count = recv(descriptor, &buffer, buffer.count, 0)
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    for byte in buffer[..<count] {
                        guard byte == UInt8(ascii: "\n") else {
                            line.append(byte)
                            continue
                        }
                        guard let message = try? JSONDecoder().decode(Message.self, from: Data(line)) else {
                            break reading
                        }
                        line = []
                        continuation.yield(message)
                    }
                    guard line.count <= Self.longestLine else { break }
                }
                continuation.finish()
            }
            if !started { continuation.finish() }
        }
    }

    /// Whoever reads sees its end. The descriptor stays until nobody refers to this any more.
    func close() {
        isClosed.withLock { isClosed in
            guard !isClosed else { return }
            isClosed = true
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    deinit { Glibc.close(descriptor) }
}
