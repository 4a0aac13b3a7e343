-- One row per origin, country and month; one row of nulls when there is nothing yet.
select
    history.country_code || '-' || history.origin as scope_key,
    history.month::varchar as month,
    history.currency,
    history.n_jobs,
    history.n_employers,
    history.is_suppressed,
    case when not history.is_suppressed then history.annual_median end as annual_median,
    case when not history.is_suppressed then history.median_low end as median_low,
    case when not history.is_suppressed then history.median_high end as median_high
from (values (1)) as one (row_no)
left join read_parquet('published/mart_pay_history.parquet') as history
    on true
