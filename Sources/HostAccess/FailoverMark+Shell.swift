package import ClusterModel

extension FailoverMark {
    /// Shell text that fails, with a message, when another mark of a failover lies there now than the look saw: two that decide
    /// side by side, each with half of the sight, meet on some host, and the second one looks again. Of a mark whose id is not
    /// known the words are compared.
    ///
    /// - Parameter seen: what the look saw; nil: none.
    /// - Parameter path: of the file.
    package static func unchanged(since seen: FailoverMark?, at path: String) -> String {
        let file = Quoting.shell(path)
        let passOver = seen?.id == nil ? "case $l in '\(idPrefix)'*) continue;; esac; " : ""
        return """
            m=; [ -r \(file) ] && while IFS= read -r l; do \(passOver)m="$m$l
            "; done <\(file)
            [ "$m" = \(Quoting.shell(seen?.text ?? "")) ] || case $m in frozen*|promoting*|done*)
              echo "since the look another failover has left its mark here" >&2; exit 1;; esac
            """
    }
}
