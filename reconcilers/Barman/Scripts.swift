import HostAccess

/// The files of `Scripts`.
enum Scripts {
    static let addLine = ShellFile(PackageResources.add_line_sh)
    static let archiveLog = ShellFile(PackageResources.archive_log_sh)
    static let endReceiver = ShellFile(PackageResources.end_receiver_sh)
    static let makeKey = ShellFile(PackageResources.make_key_sh)
    static let observe = ShellFile(PackageResources.observe_sh)
    static let observeBackups = ShellFile(PackageResources.observe_backups_sh)
    static let observeTrust = ShellFile(PackageResources.observe_trust_sh)
    static let printKey = ShellFile(PackageResources.print_key_sh)
    static let receiverPosition = ShellFile(PackageResources.receiver_position_sh)
    static let receiverRuns = ShellFile(PackageResources.receiver_runs_sh)
    static let recoverBackup = ShellFile(PackageResources.recover_backup_sh)
    static let sendPartial = ShellFile(PackageResources.send_partial_sh)
    static let takeSegment = ShellFile(PackageResources.take_segment_sh)
}
