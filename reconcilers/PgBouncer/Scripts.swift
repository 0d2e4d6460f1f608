import HostAccess

/// The files of `Scripts`.
enum Scripts {
    static let askConsole = ShellFile(PackageResources.ask_console_sh)
    static let console = ShellFile(PackageResources.console_sh)
    static let heldConsole = ShellFile(PackageResources.held_console_sh)
    static let holdConsole = ShellFile(PackageResources.hold_console_sh)
    static let leads = ShellFile(PackageResources.leads_sh)
    static let letGo = ShellFile(PackageResources.let_go_sh)
    static let observe = ShellFile(PackageResources.observe_sh)
    static let openConsole = ShellFile(PackageResources.open_console_sh)
    static let pause = ShellFile(PackageResources.pause_sh)
    static let stopPooler = ShellFile(PackageResources.stop_pooler_sh)
    static let tryConfiguration = ShellFile(PackageResources.try_configuration_sh)
}
