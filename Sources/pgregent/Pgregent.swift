import ArgumentParser
import FoundationEssentials
import RealDoors

/// The command line: parsing, and the one place where an error becomes an exit code.
@main
struct Pgregent: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pgregent",
        abstract: "Keeps one PostgreSQL cluster (repmgr, PgBouncer, Barman) as a YAML file declares it.",
        version: "0.1.0",
        subcommands: [
            ValidateCommand.self, PlanCommand.self, ReconcileCommand.self, StatusCommand.self,
            SwitchoverCommand.self, FailoverCommand.self, ImportCommand.self, EventsCommand.self, SchemaCommand.self,
            ExplainCommand.self, WatchdogCommand.self,
        ])

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let status as ExitStatus {
            exit(status)
        } catch let failure as Failure {
            Terminal.error("pgregent: \(failure.message)")
            exit(.error)
        } catch {
            // Help and version are no errors; a bad argument is 1, as everything that never began.
            guard exitCode(for: error) != .success else { exit(withError: error) }
            Terminal.error(fullMessage(for: error))
            exit(.error)
        }
    }

    private static func exit(_ status: ExitStatus) -> Never {
        exit(withError: ExitCode(status.rawValue))
    }
}

/// What a run ends with; where several hold, the most serious (contract: the first of 1, 6, 7, 5, 4, 3, 2).
enum ExitStatus: Int32, Error, CaseIterable {
    case done = 0
    case error = 1
    case changesPending = 2
    case held = 3
    case incomplete = 4
    case savedPlanRefused = 5
    case actionFailed = 6
    case clusterTaken = 7

    private static let order: [ExitStatus] = [
        .error, .actionFailed, .clusterTaken, .savedPlanRefused, .incomplete, .held, .changesPending, .done,
    ]

    static func mostSerious(_ all: [ExitStatus]) -> ExitStatus {
        order.first { all.contains($0) } ?? .done
    }
}
