{{ stage_muse_companies('the_muse', source('raw', 'the_muse__companies')) }}
