with

-- An answer of a survey is found by its record: a column of its own, as a condition on one side
-- within the join would be compared pair by pair (250,000 rows: 100 s).
statements as (
    select
        *,
        case when posting_key is null then record_id end as response_record_id
    from {{ ref('pay_statement') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

postings as (
    select * from {{ ref('fct_posting') }}
),

responses as (
    select * from {{ ref('survey_response') }}
),

period as (
    select * from {{ ref('reporting_period') }}
),

joined as (
    select
        statements.*,
        sources.source_key,
        sources.precedence,
        postings.job_key,
        coalesce(postings.company_key, responses.company_key) as company_key,
        coalesce(postings.place_key, responses.place_key) as place_key,
        coalesce(postings.occupation_code, responses.occupation_code) as occupation_code,
        coalesce(postings.seniority, responses.seniority) as seniority,
        coalesce(postings.first_seen_at, responses.first_seen_at) as first_seen_at,
        responses.paid_year,
        case
            when responses.paid_year is not null
                then
                    responses.closed_at is null
                    and responses.paid_year
                    > cast(extract(year from period.as_of) as bigint) - 3
            else coalesce(postings.is_in_period, false)
        end as is_in_period
    from statements
    inner join sources on statements.source = sources.source
    left join postings on statements.posting_key = postings.posting_key
    left join responses
        on
            statements.source = responses.source
            and statements.response_record_id = responses.record_id
    cross join period
),

-- one statement a job and origin stands in figures: of the posting whose source goes first
ranked as (
    select
        *,
        row_number() over (
            partition by coalesce(job_key, pay_statement_key), origin, is_chosen
            order by precedence, first_seen_at, posting_key, pay_statement_key
        ) as job_rank
    from joined
)

select
    -- ids
    pay_statement_key,
    posting_key,
    coalesce(job_key, pay_statement_key) as counted_job_key,
    job_key,
    source_key,
    source,
    record_id,
    statement_no,
    company_key,
    place_key,
    occupation_code,

    -- what it is
    origin,
    seniority,
    {{ plain_label('text_raw') }} as text_raw,
    currency,
    period,
    period_basis,
    tax_basis,
    flags,

    -- amounts
    amount_min,
    amount_max,
    payments_year,
    hours_basis,
    annual_min,
    annual_max,
    annual_min_eur,
    annual_max_eur,
    annual_min_usd,
    annual_max_usd,
    case
        when amount_min is not null and amount_max is not null
            then {{ round_half_up('(annual_min + annual_max) / 2') }}
    end as annual_point,
    case
        when amount_min is not null and amount_max is not null
            then {{ round_half_up('(annual_min_eur + annual_max_eur) / 2') }}
    end as annual_point_eur,
    case
        when amount_min is not null and amount_max is not null
            then {{ round_half_up('(annual_min_usd + annual_max_usd) / 2') }}
    end as annual_point_usd,

    -- days
    stated_on,
    rate_on,
    paid_year,

    -- booleans
    amount_min is null or amount_max is null as is_one_sided,
    flags is not null as is_flagged,
    is_usable,
    is_chosen,
    is_shown,
    is_in_period,
    is_chosen and job_rank = 1 as is_counted
from ranked
