SELECT pg_is_in_recovery() AS in_recovery, (SELECT system_identifier FROM pg_control_system()) AS sysid,
       current_setting('server_version_num') AS version,
       CASE WHEN pg_is_in_recovery()
            THEN coalesce((SELECT received_tli FROM pg_stat_wal_receiver WHERE status = 'streaming'),
                          -- the last checkpoint may be of an earlier timeline than the log that is here
                          (SELECT max(('x' || left(name, 8))::bit(32)::bigint) FROM pg_ls_waldir()
                            WHERE name ~ '^[0-9A-F]{24}$'),
                          (SELECT timeline_id FROM pg_control_checkpoint()))
            ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint END AS timeline,
       CASE WHEN pg_is_in_recovery()
            THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
            ELSE pg_current_wal_lsn() END AS lsn,
       pg_last_wal_replay_lsn() AS replay_lsn,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused,
       CASE WHEN NOT pg_is_in_recovery() AND current_setting('archive_mode') <> 'off'
            THEN (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') END AS archive_backlog,
       CASE WHEN NOT pg_is_in_recovery()
            THEN pg_read_file('pg_wal/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) || '.history', 0, 100000, true)
            END AS history,
       CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn() END AS flushed,
       CASE WHEN NOT pg_is_in_recovery()
            THEN (SELECT extract(epoch FROM max(clock_timestamp() - query_start))::int FROM pg_stat_activity
                   WHERE state = 'active' AND wait_event IN ('WALSync', 'WALWrite', 'WALInitSync', 'WALInitWrite'))
            END AS flushing,
       CASE WHEN NOT pg_is_in_recovery()
            THEN (SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep') END AS unconfirmed,
       CASE WHEN NOT pg_is_in_recovery()
            THEN (SELECT extract(epoch FROM max(clock_timestamp() - query_start))::int FROM pg_stat_activity
                   WHERE wait_event = 'SyncRep') END AS unconfirmed_for
