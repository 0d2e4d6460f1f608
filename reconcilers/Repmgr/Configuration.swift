import ClusterModel
import HostAccess

/// repmgr.conf as a text.
enum Configuration {
    /// The differing settings in their own lines, everything else as it stands.
    static func applied(_ differing: [Setting], to observed: String?) -> String {
        var file = INIText(
            observed ?? "# repmgr.conf, kept by pgregent: settings that cluster.yaml declares are overwritten.\n")
        for setting in differing { file.set(setting.name, to: written(setting), in: "") }
        return file.text
    }

    private static func written(_ setting: Setting) -> String {
        let plain =
            !setting.value.isEmpty
            && setting.value.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
        return plain ? setting.value : Quoting.configuration(setting.value)
    }
}
