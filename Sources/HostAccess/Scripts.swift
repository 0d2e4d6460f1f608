/// The files of `Scripts`.
enum Scripts {
    static let checkContent = ShellFile(PackageResources.check_content_sh)
    static let failoverMark = ShellFile(PackageResources.failover_mark_sh)
    static let probe = ShellFile(PackageResources.probe_sh)
    static let probeAnswers = ShellFile(PackageResources.probe_answers_sh)
    static let readFile = ShellFile(PackageResources.read_file_sh)
    static let workMark = ShellFile(PackageResources.work_mark_sh)
    static let writeFile = ShellFile(PackageResources.write_file_sh)
}
