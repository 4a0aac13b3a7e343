-- Every record of a source in use is a posting or a survey response, once.
with

records as (
    {%- for source, endpoint in posting_endpoints() %}
    select
        source,
        record_id
    from {{ ref('stg_' ~ source ~ '__' ~ endpoint) }}
    -- an ad of which nothing is known but that it is gone is no posting
    where withdrawn_at is null or title_raw is not null
    union
    {%- endfor %}
    select
        source,
        record_id
    from {{ ref('stg_files__rows') }}
),

expected as (
    select count(*) as n
    from records
    inner join {{ ref('int_source__select') }} as sources on records.source = sources.source
    where sources.is_used
),

postings as (
    select count(*) as n
    from {{ ref('posting') }}
),

responses as (
    select count(*) as n
    from {{ ref('survey_response') }}
)

select
    expected.n as n_records,
    postings.n as n_postings,
    responses.n as n_responses
from expected
cross join postings
cross join responses
where expected.n != postings.n + responses.n
