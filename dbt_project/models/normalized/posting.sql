with

current_versions as (
    select * from {{ ref('int_posting__current') }}
),

texts as (
    select * from {{ rule_rows(ref('int_text__clean')) }}
),

sightings as (
    select * from {{ ref('int_sighting__spans') }}
),

companies as (
    select
        posting_key,
        company_key
    from {{ ref('int_company__unite') }}
    where posting_key is not null
),

occupations as (
    select * from {{ ref('int_occupation__map') }}
),

titles as (
    select * from {{ ref('int_title__grade') }}
)

select
    -- ids
    current_versions.posting_key,
    current_versions.source,
    current_versions.record_id,
    current_versions.version_no,
    current_versions.n_versions,
    companies.company_key,
    current_versions.posting_key as job_key,

    -- what it is
    current_versions.title_raw,
    texts.title,
    occupations.occupation_code,
    occupations.category_raw,
    titles.seniority,
    titles.workplace,
    titles.employment_type,
    titles.contract,
    {{ fold_name('current_versions.language_raw') }} as language,
    case when current_versions.url_raw like 'https://%' then current_versions.url_raw end as url,

    -- times
    current_versions.posted_at,
    current_versions.expires_at,
    sightings.first_seen_at,
    -- a UTC day, so that a second run on one day publishes nothing new
    greatest(
        sightings.first_seen_at, cast(date_trunc('day', sightings.last_seen_at) as timestamp)
    ) as last_seen_at,
    -- a source that says when an ad went is believed
    coalesce(
        sightings.closed_at,
        case
            when current_versions.withdrawn_at >= sightings.first_seen_at
                then current_versions.withdrawn_at
            when current_versions.withdrawn_at is not null then sightings.first_seen_at
        end
    ) as closed_at
from current_versions
inner join sightings
    on
        current_versions.source = sightings.source
        and current_versions.record_id = sightings.record_id
left join texts
    on
        current_versions.source = texts.source
        and current_versions.record_id = texts.record_id
        and current_versions.version_no = texts.version_no
left join companies on current_versions.posting_key = companies.posting_key
left join occupations on current_versions.posting_key = occupations.posting_key
left join titles on current_versions.posting_key = titles.posting_key
where current_versions.record_kind = 'posting'
