package import ClusterModel

extension FailoverMark {
    /// Shell text that defines `no_other_failover`, which fails, with a message, when another mark of a failover lies there now
    /// than was observed. Two that decide side by side, each with half of the sight, meet on some host, and the second one
    /// observes again. Of a mark whose id is not known the words are compared.
    ///
    /// - Parameter seen: the one that was observed; nil: none.
    /// - Parameter path: of the file.
    package static func unchanged(since seen: FailoverMark?, at path: String) -> ShellProgram {
        ShellProgram(
            Scripts.failoverMark,
            [
                "failover_mark": path, "observed_mark": seen?.text ?? "",
                "ignored_lines": seen?.id == nil ? idPrefix : "",
            ])
    }
}
