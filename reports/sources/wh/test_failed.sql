-- One row per test that did not pass; one row of nulls when all did.
select
    result.test_name,
    result.model,
    result.severity,
    result.status,
    result.failures,
    translate(result.message, '<>', '') as message
from (values (1)) as one (row_no)
left join read_parquet('published/test_result.parquet') as result
    on result.status <> 'pass'
