{{ stage_muse_jobs('the_muse', source('raw', 'the_muse__jobs')) }}
