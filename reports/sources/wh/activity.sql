-- One row per source and month; one row of nulls when there is nothing yet.
select
    activity.month,
    translate(coalesce(source.name, activity.source), '<>', '') as source_name,
    activity.n_postings_posted,
    activity.n_jobs_posted,
    activity.n_with_pay
from (values (1)) as one (row_no)
left join read_parquet('published/mart_posting_activity.parquet') as activity
    on true
left join read_parquet('published/dim_source.parquet') as source
    on activity.source = source.source
