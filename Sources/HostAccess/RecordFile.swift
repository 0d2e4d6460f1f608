package import ClusterModel

/// The shell programs that read and change a record (`HostRecord`) on its host.
package struct RecordFile: Sendable {
    package let path: String
    private let spare: String

    /// - Parameters:
    ///   - path: `~/` stands for the home of the account that runs them.
    ///   - spare: a file that may become the record where there is no room for another.
    package init(_ path: String, spare: String = "") {
        self.path = path
        self.spare = spare
    }

    /// Defines `find_section NAME`, `write_section NAME LINES`, `swap_section NAME OBSERVED LINES` and `with_record COMMAND`; sets
    /// `record` to its path, and `record_directory`.
    package var functions: ShellProgram { ShellProgram(Scripts.record, ["record": path, "spare": spare]) }

    /// Defines `at_work`, `begin_work KIND [LINES]` and `end_work` besides.
    package var work: ShellProgram { ShellProgram(Scripts.work, after: [functions]) }

    /// Defines `no_other_failover`, which fails, with a message, when the record tells of another failover now than was observed.
    /// Two that decide side by side, each with half of the sight, meet on some host, and the second one observes again. Of a
    /// failover whose id is not known the words are compared.
    ///
    /// - Parameter seen: the one that was observed; nil: none.
    package func failoverUnchanged(since seen: RecordedFailover?) -> ShellProgram {
        ShellProgram(
            Scripts.failoverUnchanged,
            [
                "observed_failover": seen?.lines ?? "",
                "ignored_lines": seen?.id == nil ? RecordedFailover.idLine : "",
            ], after: [functions])
    }

    /// A line that removes a section.
    package static func removing(_ section: String) -> String { "write_section \(section) ''" }

    /// A line that writes one, whatever it was.
    package static func writing(_ section: some RecordSection) -> String {
        "write_section \(type(of: section).name) \(Quoting.shell(section.lines))"
    }

    /// A line that fails unless the record has this section.
    package static func has(_ section: some RecordSection) -> String {
        "find_section \(type(of: section).name); [ \"$found\" = \(Quoting.shell(section.lines)) ]"
    }
}
