-- One row per table; one row of nulls when there is none.
select
    layer_count.layer,
    layer_count.table_name,
    layer_count.n_rows,
    case layer_count.layer
        when 'raw' then 1
        when 'staging' then 2
        when 'intermediate' then 3
        when 'normalized' then 4
        when 'marts' then 5
        else 6
    end as layer_no
from (values (1)) as one (row_no)
left join read_parquet('published/mart_layer_count.parquet') as layer_count
    on true
