{{ stage_muse_companies('demo', source('raw', 'demo__companies')) }}
