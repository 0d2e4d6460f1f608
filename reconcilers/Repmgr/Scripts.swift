import HostAccess

/// The files of `Scripts`.
enum Scripts {
    static let beginCopy = ShellFile(PackageResources.begin_copy_sh)
    static let clone = ShellFile(PackageResources.clone_sh)
    static let findRepmgrd = ShellFile(PackageResources.find_repmgrd_sh)
    static let finishRecovery = ShellFile(PackageResources.finish_recovery_sh)
    static let noServer = ShellFile(PackageResources.no_server_sh)
    static let observe = ShellFile(PackageResources.observe_sh)
    static let pauseRepmgrd = ShellFile(PackageResources.pause_repmgrd_sh)
    static let prepareClone = ShellFile(PackageResources.prepare_clone_sh)
    static let rewind = ShellFile(PackageResources.rewind_sh)
    static let startRepmgrd = ShellFile(PackageResources.start_repmgrd_sh)
    static let tryRewind = ShellFile(PackageResources.try_rewind_sh)
    static let unpauseRepmgrd = ShellFile(PackageResources.unpause_repmgrd_sh)
}
