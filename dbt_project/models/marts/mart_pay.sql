{%- set place_columns = [
    'places.country_code', 'places.country_name', 'places.currency as country_currency',
    'places.region_code', 'places.region',
] -%}
{%- set cell = ['origin', 'country_code', 'dimension', 'dimension_code'] -%}
-- Pay, a cell an origin, a country and one more dimension. A cell holds one statement a job; a job
-- falls once in each cell its places fall in. Small cells hold no amount.
with

postings as (
    select * from {{ ref('fct_posting') }}
),

statements as (
    select * from {{ ref('fct_pay_statement') }}
),

posting_places as (
    select * from {{ ref('bridge_posting_place') }}
),

places as (
    select * from {{ ref('dim_place') }}
),

occupations as (
    select * from {{ ref('dim_occupation') }}
),

sources as (
    select * from {{ ref('dim_source') }}
),

rates as (
    select * from {{ ref('exchange_rate') }}
),

period as (
    select * from {{ ref('reporting_period') }}
),

origins as (
    select * from {{ ref('pay_origins') }}
),

allowed_postings as (
    {{ rows_for_audience('postings', 'is_in_period') }}
),

allowed_statements as (
    {{ rows_for_audience('statements', 'is_in_period') }}
),

-- the places of a job are those of all its postings
job_places as (
    {{ places_of_jobs('allowed_postings', place_columns, 'counted_job_key') }}
),

response_places as (
    select distinct
        allowed_statements.counted_job_key,
        {{ place_columns | join(',\n        ') }}
    from allowed_statements
    inner join places on allowed_statements.place_key = places.place_key
    where allowed_statements.job_key is null
),

counted_places as (
    select * from job_places
    union all
    select * from response_places
),

lead_postings as (
    select * from allowed_postings
    where is_lead
),

-- the cells a job falls in
jobs as (
    select
        job_key as counted_job_key,
        occupation_code,
        seniority
    from lead_postings
    union all
    select
        counted_job_key,
        min(occupation_code) as occupation_code,
        min(seniority) as seniority
    from allowed_statements
    where job_key is null
    group by counted_job_key
),

job_cells as (
    select distinct
        counted_places.counted_job_key,
        counted_places.country_code,
        'all' as dimension,
        'all' as dimension_code,
        'All jobs' as dimension_name
    from counted_places
    union all
    select distinct
        counted_places.counted_job_key,
        counted_places.country_code,
        'occupation' as dimension,
        occupations.occupation_code as dimension_code,
        occupations.occupation_name as dimension_name
    from counted_places
    inner join jobs on counted_places.counted_job_key = jobs.counted_job_key
    inner join occupations on jobs.occupation_code = occupations.occupation_code
    union all
    select distinct
        counted_places.counted_job_key,
        counted_places.country_code,
        'seniority' as dimension,
        jobs.seniority as dimension_code,
        {{ sentence_case('jobs.seniority') }} as dimension_name
    from counted_places
    inner join jobs on counted_places.counted_job_key = jobs.counted_job_key
    where jobs.seniority is not null
    union all
    select distinct
        counted_job_key,
        country_code,
        'region' as dimension,
        region_code as dimension_code,
        coalesce(region, region_code) as dimension_name
    from counted_places
    where region_code is not null
),

country_currencies as (
    select
        country_code,
        max(country_name) as country_name,
        max(country_currency) as currency
    from counted_places
    group by country_code
),

scope_counts as (
    select
        job_cells.country_code,
        job_cells.dimension,
        job_cells.dimension_code,
        count(*) as n_jobs_in_scope
    from job_cells
    inner join lead_postings on job_cells.counted_job_key = lead_postings.job_key
    group by job_cells.country_code, job_cells.dimension, job_cells.dimension_code
),

-- amounts in the currency of the cell's country
cell_statements as (
    select
        job_cells.country_code,
        job_cells.dimension,
        job_cells.dimension_code,
        job_cells.dimension_name,
        allowed_statements.origin,
        allowed_statements.source,
        allowed_statements.pay_statement_key,
        allowed_statements.is_counted,
        allowed_statements.is_flagged,
        allowed_statements.is_usable,
        allowed_statements.is_one_sided,
        allowed_statements.annual_point_eur,
        allowed_statements.annual_point_usd,
        -- an unknown employer counts as one of its own
        coalesce(allowed_statements.company_key, allowed_statements.counted_job_key) as employer,
        allowed_statements.counted_job_key,
        {{ point_in_currency('allowed_statements', 'country_currencies.currency') | indent(4) }}
            as annual_point
    from job_cells
    inner join allowed_statements
        on job_cells.counted_job_key = allowed_statements.counted_job_key
    inner join country_currencies on job_cells.country_code = country_currencies.country_code
    left join rates
        on
            allowed_statements.rate_on = rates.rate_on
            and country_currencies.currency = rates.currency
),

points as (
    {{ ranked_points('cell_statements', cell, 'is_counted and not is_one_sided') }}
),

cells as (
    select
        origin,
        country_code,
        dimension,
        dimension_code,
        max(dimension_name) as dimension_name,
        count(*) as n_jobs,
        count(distinct employer) as n_employers,
        percentile_cont(0.25) within group (order by annual_point) as annual_p25,
        percentile_cont(0.5) within group (order by annual_point) as annual_median,
        percentile_cont(0.75) within group (order by annual_point) as annual_p75,
        percentile_cont(0.5) within group (order by annual_point_eur) as annual_median_eur,
        percentile_cont(0.5) within group (order by annual_point_usd) as annual_median_usd,
        {{ median_end('low') }} as median_low,
        {{ median_end('high') }} as median_high,
        {{ joined_distinct('source') }} as sources
    from points
    group by origin, country_code, dimension, dimension_code
),

-- what was stated and enters no median
others as (
    select
        origin,
        country_code,
        dimension,
        dimension_code,
        max(dimension_name) as dimension_name,
        count(case when is_counted and is_one_sided then 1 end) as n_one_sided,
        count(distinct case when is_flagged and not is_usable then counted_job_key end)
            as n_flagged,
        {{ joined_distinct('source') }} as sources
    from cell_statements
    group by origin, country_code, dimension, dimension_code
),

joined as (
    select
        others.origin,
        others.country_code,
        others.dimension,
        others.dimension_code,
        others.dimension_name,
        others.n_one_sided,
        others.n_flagged,
        coalesce(cells.sources, others.sources) as sources,
        coalesce(cells.n_jobs, 0) as n_jobs,
        coalesce(cells.n_employers, 0) as n_employers,
        {{ is_small_cell(
            'coalesce(cells.n_jobs, 0)', 'coalesce(cells.n_employers, 0)', 'others.origin'
        ) }} as is_suppressed,
        cells.annual_p25,
        cells.annual_median,
        cells.annual_p75,
        cells.median_low,
        cells.median_high,
        cells.annual_median_eur,
        cells.annual_median_usd
    from others
    left join cells
        on
            others.origin = cells.origin
            and others.country_code = cells.country_code
            and others.dimension = cells.dimension
            and others.dimension_code = cells.dimension_code
)

select
    joined.origin,
    joined.country_code,
    country_currencies.country_name,
    country_currencies.currency,
    joined.dimension,
    joined.dimension_code,
    joined.dimension_name,
    period.period_from,
    period.period_to,
    cast(joined.n_jobs as bigint) as n_jobs,
    cast(joined.n_employers as bigint) as n_employers,
    cast(coalesce(scope_counts.n_jobs_in_scope, 0) as bigint) as n_jobs_in_scope,
    case
        when joined.origin != 'surveyed'
            then {{ ratio('joined.n_jobs', 'scope_counts.n_jobs_in_scope') }}
    end as share_with_pay,
    cast(joined.n_one_sided as bigint) as n_one_sided,
    cast(joined.n_flagged as bigint) as n_flagged,
    joined.is_suppressed,
    {%- for amount in [
        'annual_p25', 'annual_median', 'annual_p75', 'median_low', 'median_high',
        'annual_median_eur', 'annual_median_usd',
    ] %}
    case
        when not joined.is_suppressed then {{ round_half_up('joined.' ~ amount) }}
    end as {{ amount }},
    {%- endfor %}
    joined.sources
from joined
inner join origins on joined.origin = origins.origin
inner join country_currencies on joined.country_code = country_currencies.country_code
left join scope_counts
    on
        joined.country_code = scope_counts.country_code
        and joined.dimension = scope_counts.dimension
        and joined.dimension_code = scope_counts.dimension_code
cross join period
