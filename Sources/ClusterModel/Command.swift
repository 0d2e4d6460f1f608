/// The account a remote command runs as.
package enum Account: Hashable, Sendable, Codable {
    /// The account that ssh logs in as.
    case login
    /// This account: itself when it is the login, otherwise through runuser (from root) or sudo.
    case named(String)
    /// root where the login is root or `sudo: true`, otherwise the named account: for files under directories
    /// that belong to root although the file is the product's (/etc/repmgr.conf, /etc/pgbouncer/pgbouncer.ini).
    case privileged(orElse: String)
}
