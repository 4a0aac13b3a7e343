-- One row per dropped file, newest first; one row of nulls when there is none.
select
    file.file_name,
    file.mapping_name,
    file.state,
    file.reason,
    file.n_rows,
    file.n_usable,
    file.n_quarantined,
    strftime(make_timestamp(epoch_us(file.landed_at)), '%Y-%m-%dT%H:%M:%SZ') as landed_at
from (values (1)) as one (row_no)
left join read_parquet('published/mart_file.parquet') as file
    on true
order by file.landed_at desc, file.file_name
limit 200
