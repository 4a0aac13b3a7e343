{{ stage_adzuna_statistic('geodata', 'locations_raw', '$.locations', 'list') }}
