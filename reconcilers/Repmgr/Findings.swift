package import ClusterModel
import HostAccess

/// What is so with repmgr, in coded findings with their evidence. Nothing is decided here.
package struct Findings {
    private let spec: ClusterSpec

    package init(_ spec: ClusterSpec) {
        self.spec = spec
    }

    /// Of its programs and its file on one node.
    package func ofNode(_ node: NodeSpec, _ observed: Observed?) -> [Finding] {
        guard node.ensure == .present, let host = observed?.host.value else { return [] }
        var findings: [Finding] = []
        if !host.missingPrograms.isEmpty {
            let packages = "postgresql-\(node.postgresql.version), postgresql-\(node.postgresql.version)-repmgr"
            findings.append(
                Finding(
                    .programMissing, node.name, evidence: host.missingPrograms.map { "not found: \($0)" },
                    remedy: "install Debian's \(packages), or set postgresql.bin_directory", severity: .blocking))
        }
        if !host.isWritable {
            let file = spec.repmgr.configFile
            findings.append(
                Finding(
                    .notWritable, node.name, evidence: ["\(file) can be neither written nor made by \(node.ssh.user)"],
                    remedy:
                        "set ssh.sudo: true with a sudoers rule for \(node.ssh.user), or make the file once (`touch \(file) && chown \(node.postgresql.osUser) \(file)`), or set repmgr.config_file",
                    severity: .blocking))
        }
        return findings
    }

    /// Managed files that the account may not read.
    package func unreadableFiles(_ observed: Observed?) -> [String] {
        observed?.host.value?.configuration == .unreadable ? [spec.repmgr.configFile] : []
    }

    /// - Parameter registry: as the primary has it.
    package func ofRegistry(_ registry: [Record]) -> [Finding] {
        registry.filter { record in !spec.nodes.contains { $0.id == record.id } }.map { record in
            Finding(
                .nodeUndeclared, record.name, evidence: ["repmgr knows node \(record.id), cluster.yaml does not"],
                remedy: "declare it, with `ensure: absent` to have it removed")
        }
    }
}
