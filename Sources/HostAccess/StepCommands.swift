package import ClusterModel

/// What a step comes to on the hosts: asked by whoever prints it and by whoever runs it, so that both have the same.
package protocol StepCommands: Sendable {
    func operations(_ step: Step) -> [Operation]
    /// - Returns: nil where the file does not declare what is asked about.
    func check(_ condition: Condition) -> Check?
}
