{{ stage_adzuna_statistic('top_companies', 'leaderboard_raw', '$.leaderboard', 'list') }}
