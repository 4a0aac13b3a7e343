{{ stage_muse_jobs('demo', source('raw', 'demo__jobs')) }}
