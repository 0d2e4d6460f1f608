/// The files of `Scripts`.
enum Scripts {
    static let failoverMark = ShellFile(PackageResources.failover_mark_sh)
    static let look = ShellFile(PackageResources.look_sh)
    static let lookAnswers = ShellFile(PackageResources.look_answers_sh)
    static let readFile = ShellFile(PackageResources.read_file_sh)
    static let workMark = ShellFile(PackageResources.work_mark_sh)
    static let writeFile = ShellFile(PackageResources.write_file_sh)
}
