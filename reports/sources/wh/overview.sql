-- One row: what the whole release holds. The outer join keeps the row when the mart is empty.
-- Days and moments go to the pages as text: a missing one would arrive there as 1970.
select
    overview.as_of::varchar as as_of,
    coalesce(overview.n_sources, 0) as n_sources,
    coalesce(overview.n_postings, 0) as n_postings,
    coalesce(overview.n_postings_open, 0) as n_postings_open,
    coalesce(overview.n_jobs, 0) as n_jobs,
    coalesce(overview.n_jobs_open, 0) as n_jobs_open,
    coalesce(overview.n_employers, 0) as n_employers,
    coalesce(overview.n_pay_statements, 0) as n_pay_statements,
    coalesce(overview.n_jobs_with_pay, 0) as n_jobs_with_pay,
    overview.share_jobs_with_pay,
    overview.period_from::varchar as period_from,
    overview.period_to::varchar as period_to,
    coalesce(overview.n_quarantined, 0) as n_quarantined
from (values (1)) as one (row_no)
left join read_parquet('published/mart_overview.parquet') as overview
    on true
