with

postings as (
    select * from {{ ref('posting') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

primary_places as (
    select
        posting_key,
        place_key
    from {{ ref('posting_place') }}
    where is_primary
),

jobs as (
    select * from {{ ref('job') }}
),

shown_pay as (
    select
        posting_key,
        max(case when is_shown then pay_statement_key end) as shown_pay_statement_key,
        max(case when is_chosen then 1 else 0 end) = 1 as has_pay
    from {{ ref('pay_statement') }}
    where posting_key is not null
    group by posting_key
),

period as (
    select * from {{ ref('reporting_period') }}
)

select
    -- ids
    postings.posting_key,
    postings.job_key,
    sources.source_key,
    postings.source,
    postings.record_id,
    postings.company_key,
    primary_places.place_key,
    postings.occupation_code,
    shown_pay.shown_pay_statement_key,

    -- what it is
    {{ plain_label('postings.title') }} as title,
    {{ plain_label('postings.category_raw') }} as category,
    postings.seniority,
    postings.workplace,
    postings.employment_type,
    postings.contract,
    postings.language,
    postings.url,

    -- days and times
    cast(postings.posted_at as date) as posted_on,
    cast(postings.first_seen_at as date) as first_seen_on,
    cast(postings.last_seen_at as date) as last_seen_on,
    cast(postings.closed_at as date) as closed_on,
    postings.posted_at,
    postings.expires_at,
    postings.first_seen_at,
    postings.last_seen_at,
    postings.closed_at,

    -- booleans and counts
    jobs.lead_posting_key = postings.posting_key as is_lead,
    postings.closed_at is null as is_open,
    coalesce(cast(postings.closed_at as date) >= period.period_from, true) as is_in_period,
    coalesce(shown_pay.has_pay, false) as has_pay,
    postings.n_versions
from postings
inner join sources on postings.source = sources.source
inner join jobs on postings.job_key = jobs.job_key
left join primary_places on postings.posting_key = primary_places.posting_key
left join shown_pay on postings.posting_key = shown_pay.posting_key
cross join period
