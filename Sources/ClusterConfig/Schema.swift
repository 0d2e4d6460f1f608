import JSONText

extension ClusterConfig {
    /// The JSON Schema (draft-07) of cluster.yaml, always the same text; it ends with a newline.
    ///
    /// It is made from the table that also reads the file. What no schema can say (duplicate names,
    /// upstream cycles, passwords inside commands) only the decoder reports.
    package static var schema: String {
        let head: [JSON.Member] = [
            .init("$schema", "http://json-schema.org/draft-07/schema#"),
            .init("title", "cluster.yaml"),
            .init("description", "A PostgreSQL cluster with repmgr, PgBouncer and Barman, as pgregent keeps it."),
        ]
        guard case .object(let body) = Keys.file.outline.schema else { return "" }
        return JSON.object(head + body).text() + "\n"
    }
}
