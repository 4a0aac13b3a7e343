{{ stage_adzuna_statistic('history', 'months_raw', '$.month', 'object') }}
