{{ stage_adzuna_statistic('histogram', 'histogram_raw', '$.histogram', 'object') }}
