/// What a code means and what to do, for `pgregent explain`. A finding itself has its evidence and, where it depends on that, a
/// remedy of its own.
extension Finding.Code {
    package var meaning: (what: String, remedy: String) {
        switch self {
        case .hostUnreachable:
            (
                "The host does not answer over SSH: nothing is known of what is on it, and nothing that depends on it is done.",
                "See that it is up and reached from here: `ssh ACCOUNT@HOST`. The evidence has ssh's own words."
            )
        case .hostKeyRefused:
            (
                "The host's key is unknown or another than the known one. An unknown key is never accepted.",
                "Compare the key with the host's own; then put it into ssh.known_hosts_file."
            )
        case .accessDenied:
            (
                "The host refuses the account that the file names.",
                "See ssh.user, ssh.identity_file and the host's authorized_keys."
            )
        case .accountUnavailable:
            (
                "Commands on the host need an account that this login may not become.",
                "Set ssh.sudo: true with a sudoers rule, or log in as root or as the database's own account."
            )
        case .programMissing:
            (
                "A program that the work rests on is not installed, or not where postgresql.bin_directory says.",
                "Install the package that the remedy names, or correct the key."
            )
        case .notReadable:
            (
                "A file that is managed cannot be read, so that nothing can be said of it.",
                "Let the account read it, or let it run commands as its owner."
            )
        case .notWritable:
            (
                "A file that is managed can be neither written nor made.",
                "Let the account write there, or set ssh.sudo: true."
            )
        case .recordNotWritable:
            (
                "What pgregent has to remember about a node cannot be kept on its host. A change of primary needs that, and is refused.",
                "Make room, or name another place with postgresql.record_directory."
            )
        case .recordUnknown:
            (
                "The record on the host was written by another version of pgregent.",
                "Use that version, or see what the record says and remove it."
            )
        case .secretMissing:
            (
                "A password that the file refers to is not there.",
                "Make the file or the environment variable available where pgregent runs."
            )
        case .sqlUnreachable:
            (
                "A server runs, and does not answer over libpq from here. Clients may not reach it either.",
                "See listen_addresses, pg_hba.conf, and what stands between."
            )
        case .loginRejected:
            (
                "The server refuses the login of repmgr's role from here.",
                "See repmgr.password and the server's pg_hba.conf (postgresql.hba)."
            )
        case .noPrimary:
            (
                "No node that is seen takes writes, and nothing tells which one should.",
                "See why; for a cluster that is still to be made, bootstrap.from."
            )
        case .primaryDead:
            (
                "The primary's host answers and no server runs there: that is proof. With failover.mode automatic it is replaced at once, or started again where nobody can take over.",
                "Start PostgreSQL there, or promote a standby: `pgregent failover`."
            )
        case .primaryUnreachable:
            (
                "The primary does not answer, and that is not confirmed: it may live.",
                "Bring it back, or promote a standby once it is certain that it takes no writes."
            )
        case .primaryStopped:
            (
                "The primary was shut down in order, perhaps by somebody who is about to start it again.",
                "Start it, or promote a standby: `pgregent failover`."
            )
        case .primarySilent:
            (
                "Nobody has reached the primary for reconnect_attempts x reconnect_interval, and a majority says so.",
                "Bring it back, or see what holds the failover."
            )
        case .primaryRecovering:
            (
                "The primary is starting or recovering from a crash.",
                "Wait; its log tells how far it is."
            )
        case .primaryRefusing:
            (
                "The primary lives, and has no connection left. It is not replaced for that.",
                "End sessions, or raise max_connections."
            )
        case .primaryHanging:
            (
                "A server runs on the primary's host and answers nobody, or its log does not get to the disk.",
                "See its log and its storage; `pgregent failover` is a person's decision."
            )
        case .commitsWait:
            (
                "Commits wait for the confirmation of a standby: to clients the cluster stands still.",
                "See why these standbys do not confirm; durability.strict false lets writes go on without them."
            )
        case .nodeFenced:
            (
                "A node that was replaced as primary takes writes again. It is stopped.",
                "Nothing, unless it keeps coming back: see what starts it."
            )
        case .twoPrimaries:
            (
                "Several nodes take writes, and nothing tells which is right.",
                "Decide which one is, and stop PostgreSQL on the other."
            )
        case .foreignSystemIdentifier:
            (
                "The node holds the data of another cluster. It is not touched.",
                "Correct the file, or empty the data directory."
            )
        case .wrongVersion:
            (
                "The server is of another major version than postgresql.version.",
                "Set postgresql.version."
            )
        case .dataDirectoryNotEmpty:
            (
                "Where a database is to be made there is something else.",
                "Empty the directory, or correct postgresql.data_directory."
            )
        case .wrongDataDirectory:
            (
                "The server's data is not in the declared directory.",
                "Correct postgresql.data_directory."
            )
        case .cloneUnfinished:
            (
                "A copy was begun and did not come to its end. It is never promoted, and made anew.",
                "Nothing."
            )
        case .cloneRunning:
            (
                "A copy is being made.",
                "Wait for it."
            )
        case .nodeStopped:
            (
                "The server does not run, and the plan starts it or says why not.",
                "See its log if it does not stay up."
            )
        case .standbyDetached:
            (
                "The standby has no stream.",
                "See its log; the plan leads it to its upstream where it can."
            )
        case .standbyWrongUpstream:
            (
                "The standby streams from another node than declared.",
                "Nothing: the plan moves it."
            )
        case .standbyDiverged:
            (
                "The standby has log that the primary was promoted without.",
                "With failover.rejoin it is rewound or copied anew; otherwise that is for a person."
            )
        case .standbyBeyondSlot:
            (
                "The primary has removed log that the standby still needs.",
                "It is copied anew; see what kept it away for so long."
            )
        case .replayPaused:
            (
                "Replay is paused: the standby falls behind, and cannot take over.",
                "SELECT pg_wal_replay_resume()."
            )
        case .parameterOverridden:
            (
                "A parameter has another value in a place that wins over the managed block.",
                "Remove it there: the evidence has the file and the line."
            )
        case .parameterUnknown:
            (
                "The server does not know a declared parameter.",
                "Correct its name, or install the extension that brings it."
            )
        case .configurationInvalid:
            (
                "PostgreSQL cannot read a line of its own files and keeps the earlier values.",
                "Correct the line that the evidence names."
            )
        case .restartPending:
            (
                "A parameter takes effect at a restart only.",
                "Restart the primary when it suits you: `reconcile --once` shows it as held."
            )
        case .nodeUndeclared:
            (
                "repmgr's registry has a node that the file does not declare.",
                "Declare it, or unregister it."
            )
        case .metadataWrong:
            (
                "repmgr's record of a node is not as it is.",
                "Nothing: the plan registers it anew."
            )
        case .poolerDown:
            (
                "PgBouncer does not run on a host where it is declared.",
                "See its log; the plan starts it."
            )
        case .poolPaused:
            (
                "A pool is paused: its clients wait.",
                "Nothing: the plan resumes it when there is a primary."
            )
        case .poolStands:
            (
                "Clients wait, and PgBouncer neither has nor opens a connection to the server: it is paused as a whole, which it shows nowhere before version 1.19, or it cannot log in.",
                "The plan says RESUME; where that is refused, its log tells why it cannot log in."
            )
        case .poolUserMissing:
            (
                "A declared user of the pools has no role, or no password, on the primary.",
                "CREATE ROLE or ALTER ROLE … PASSWORD on the primary."
            )
        case .consoleRefused:
            (
                "PgBouncer's console does not let pgregent in: nothing is known of its pools.",
                "See admin_users, and unix_socket_dir for its own account."
            )
        case .switchoverPending:
            (
                "A planned change of primary is asked for and follows, or waits for a person.",
                "`pgregent switchover --to NODE`."
            )
        case .switchoverRefused:
            (
                "Something stands against a planned change of primary; nothing is touched.",
                "Deal with each objection of the evidence."
            )
        case .switchoverInterrupted:
            (
                "A switchover did not come to its end. It is undone while nobody was promoted, and finished otherwise.",
                "Nothing, unless a node is not seen."
            )
        case .backupMissing:
            (
                "No backup can be recovered from.",
                "Take one: `barman backup SERVER`."
            )
        case .backupUnhealthy:
            (
                "`barman check` fails.",
                "See the failed checks in the evidence."
            )
        case .notYetHandled:
            (
                "Something is declared that pgregent does not do yet.",
                "Do it by hand."
            )
        }
    }
}
