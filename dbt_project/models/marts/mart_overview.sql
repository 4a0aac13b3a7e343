-- The warehouse in one row, also when it is empty.
with

postings as (
    select * from {{ ref('fct_posting') }}
),

statements as (
    select * from {{ ref('fct_pay_statement') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

period as (
    select * from {{ ref('reporting_period') }}
),

quarantine as (
    select * from {{ ref('quarantine') }}
),

allowed_postings as (
    {{ rows_for_audience('postings') }}
),

allowed_statements as (
    {{ rows_for_audience('statements') }}
),

posting_counts as (
    select
        count(*) as n_postings,
        count(case when is_open then 1 end) as n_postings_open,
        count(distinct job_key) as n_jobs,
        count(distinct case when is_open then job_key end) as n_jobs_open,
        count(distinct coalesce(company_key, job_key)) as n_employers,
        count(distinct case when is_in_period then job_key end) as n_jobs_in_period
    from allowed_postings
),

statement_counts as (
    select
        count(*) as n_pay_statements,
        count(distinct case when is_chosen then job_key end) as n_jobs_with_pay
    from allowed_statements
),

source_counts as (
    select count(*) as n_sources
    from sources
    where {{ in_audience('sources') }}
),

quarantine_counts as (
    select count(*) as n_quarantined
    from quarantine
)

select
    period.as_of,
    period.is_demo,
    cast(source_counts.n_sources as bigint) as n_sources,
    cast(posting_counts.n_postings as bigint) as n_postings,
    cast(posting_counts.n_postings_open as bigint) as n_postings_open,
    cast(posting_counts.n_jobs as bigint) as n_jobs,
    cast(posting_counts.n_jobs_open as bigint) as n_jobs_open,
    cast(posting_counts.n_employers as bigint) as n_employers,
    cast(statement_counts.n_pay_statements as bigint) as n_pay_statements,
    cast(statement_counts.n_jobs_with_pay as bigint) as n_jobs_with_pay,
    {{ ratio('statement_counts.n_jobs_with_pay', 'posting_counts.n_jobs') }} as share_jobs_with_pay,
    period.period_from,
    period.period_to,
    cast(quarantine_counts.n_quarantined as bigint) as n_quarantined
from period
cross join posting_counts
cross join statement_counts
cross join source_counts
cross join quarantine_counts
