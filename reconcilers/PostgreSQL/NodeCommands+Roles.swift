import ClusterModel
import HostAccess

extension NodeCommands {
    /// Roles, the database and the grants that repmgr and Barman need, on a node that takes writes.
    ///
    /// Every statement may be run again without harm. A password travels as a SCRAM secret, so that no log of the
    /// server ever holds it.
    func grant(_ needs: [RoleNeed], database: DatabaseNeed?) -> [Operation] {
        var operations: [Operation] = []
        for need in needs {
            operations.append(sql("role \(need.role.name)", statements(for: need)))
            if need.role.isBackupRole && !need.grants.isEmpty {
                operations.append(
                    sql("grants of \(need.role.name)", database: Desired.backupDatabase, grants(need.role)))
            }
        }
        if let database {
            operations.append(sql("database \(database.name)", createDatabase(database)))
        }
        return operations
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

    private func grants(_ role: ServiceRole) -> SecretText {
        let functions = BackupGrants.functions(version: node.postgresql.version)
        return SecretText(
            functions.map { "GRANT EXECUTE ON FUNCTION pg_catalog.\($0) TO \(Quoting.identifier(role.name));" }
                .joined(separator: "\n"))
    }

    private func createDatabase(_ need: DatabaseNeed) -> SecretText {
        let create = "CREATE DATABASE \(Quoting.identifier(need.name)) OWNER \(Quoting.identifier(need.owner))"
        let exists = "SELECT FROM pg_database WHERE datname = \(Quoting.literal(need.name))"
        return SecretText("SELECT \(Quoting.literal(create)) WHERE NOT EXISTS (\(exists)) \\gexec")
    }
}
