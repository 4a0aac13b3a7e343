-- One row, on an empty warehouse too; the same for the period.
with

counts as (
    select
        'mart_overview' as model,
        count(*) as n_rows
    from {{ ref('mart_overview') }}
    union all
    select
        'reporting_period' as model,
        count(*) as n_rows
    from {{ ref('reporting_period') }}
)

select *
from counts
where n_rows != 1
