/// The files of `Scripts`.
enum Scripts {
    static let checkContent = ShellFile(PackageResources.check_content_sh)
    static let failoverUnchanged = ShellFile(PackageResources.failover_unchanged_sh)
    static let probe = ShellFile(PackageResources.probe_sh)
    static let probeAnswers = ShellFile(PackageResources.probe_answers_sh)
    static let readFile = ShellFile(PackageResources.read_file_sh)
    static let record = ShellFile(PackageResources.record_sh)
    static let work = ShellFile(PackageResources.work_sh)
    static let writeFile = ShellFile(PackageResources.write_file_sh)
}
