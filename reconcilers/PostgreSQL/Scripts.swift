import HostAccess

/// The files of `Scripts`.
enum Scripts {
    static let carryOver = ShellFile(PackageResources.carry_over_sh)
    static let create = ShellFile(PackageResources.create_sh)
    static let createDebian = ShellFile(PackageResources.create_debian_sh)
    static let debianCluster = ShellFile(PackageResources.debian_cluster_sh)
    static let demote = ShellFile(PackageResources.demote_sh)
    static let endNote = ShellFile(PackageResources.end_note_sh)
    static let findWatchdog = ShellFile(PackageResources.find_watchdog_sh)
    static let hasReplayed = ShellFile(PackageResources.has_replayed_sh)
    static let heldRestart = ShellFile(PackageResources.held_restart_sh)
    static let keepDown = ShellFile(PackageResources.keep_down_sh)
    static let letStart = ShellFile(PackageResources.let_start_sh)
    static let makeConfiguration = ShellFile(PackageResources.make_configuration_sh)
    static let nothingBegun = ShellFile(PackageResources.nothing_begun_sh)
    static let observe = ShellFile(PackageResources.observe_sh)
    static let placeFiles = ShellFile(PackageResources.place_files_sh)
    static let prepareDirectory = ShellFile(PackageResources.prepare_directory_sh)
    static let prepareRecovery = ShellFile(PackageResources.prepare_recovery_sh)
    static let proveDown = ShellFile(PackageResources.prove_down_sh)
    static let recordFailover = ShellFile(PackageResources.record_failover_sh)
    static let recordStart = ShellFile(PackageResources.record_start_sh)
    static let recordFence = ShellFile(PackageResources.record_fence_sh)
    static let recover = ShellFile(PackageResources.recover_sh)
    static let refuseInvalid = ShellFile(PackageResources.refuse_invalid_sh)
    static let serverProcesses = ShellFile(PackageResources.server_processes_sh)
    static let startFast = ShellFile(PackageResources.start_fast_sh)
    static let startWatchdog = ShellFile(PackageResources.start_watchdog_sh)
    static let stopAtOnce = ShellFile(PackageResources.stop_at_once_sh)
    static let stopFast = ShellFile(PackageResources.stop_fast_sh)
    static let stopWatchdog = ShellFile(PackageResources.stop_watchdog_sh)
    static let watchdog = ShellFile(PackageResources.watchdog_sh)

    /// What a server is, and how far it is.
    static let identity = String(decoding: PackageResources.identity_sql.dropLast(), as: UTF8.self)
}
