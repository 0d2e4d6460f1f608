import ClusterModel
import HostAccess

extension Actions {
    /// Roles, the database and the grants that repmgr and Barman need, on a node that takes writes.
    ///
    /// Every statement may be run again without harm. A password travels as a SCRAM secret, so that no log of the
    /// server ever holds it.
    func roles(_ needs: [RoleNeed], database: (name: String, owner: String)?, cause: Step.Cause) -> Step {
        let names = needs.map(\.role.name) + (database.map { ["database \($0.name)"] } ?? [])
        var step = Step(
            "postgresql", "roles", node.spec.name, cause == .missing ? .add : .change, cause: cause,
            summary: names.joined(separator: ", "),
            reason: "repmgr and Barman need these roles, their passwords and grants", operations: [])
        step.detail = needs.map(\.lacking).filter { !$0.isEmpty }.joined(separator: "; ")
        for need in needs {
            step.operations.append(sql("role \(need.role.name)", statements(for: need)))
            if need.role.isBackupRole && need.grants {
                step.operations.append(
                    sql("grants of \(need.role.name)", database: Desired.backupDatabase, grants(need.role)))
            }
        }
        if let database {
            step.operations.append(
                sql("database \(database.name)", createDatabase(database.name, owner: database.owner)))
        }
        return step
    }

    private func statements(for need: RoleNeed) -> SecretText {
        let role = need.role
        let name = Quoting.identifier(role.name)
        let create = "CREATE ROLE \(name)"
        var text: SecretText = """
            SELECT \(Quoting.literal(create)) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = \(Quoting.literal(role.name))) \\gexec

            """
        if need.attributes {
            let attributes =
                ["LOGIN"] + (role.superuser ? ["SUPERUSER"] : []) + (role.replication ? ["REPLICATION"] : [])
            text = "\(text)ALTER ROLE \(name) WITH \(attributes.joined(separator: " "));\n"
        }
        if need.password, let source = role.password {
            text = "\(text)ALTER ROLE \(name) PASSWORD '\(SecretUse.scram(source))';\n"
        }
        for group in need.memberships {
            text = "\(text)GRANT \(Quoting.identifier(group)) TO \(name);\n"
        }
        return text
    }

    private func grants(_ role: Desired.ServiceRole) -> SecretText {
        let functions = BackupGrants.functions(version: node.spec.postgresql.version)
        return SecretText(
            functions.map { "GRANT EXECUTE ON FUNCTION pg_catalog.\($0) TO \(Quoting.identifier(role.name));" }
                .joined(separator: "\n"))
    }

    private func createDatabase(_ name: String, owner: String) -> SecretText {
        let create = "CREATE DATABASE \(Quoting.identifier(name)) OWNER \(Quoting.identifier(owner))"
        let exists = "SELECT FROM pg_database WHERE datname = \(Quoting.literal(name))"
        return SecretText("SELECT \(Quoting.literal(create)) WHERE NOT EXISTS (\(exists)) \\gexec")
    }
}

/// What a role lacks.
struct RoleNeed: Equatable {
    var role: Desired.ServiceRole
    var attributes = false
    var password = false
    var memberships: [String] = []
    var grants = false
    /// In words, for the plan.
    var lacking = ""

    var isNothing: Bool { !attributes && !password && memberships.isEmpty && !grants }
}
