-- People's own reports of their pay: records of dropped files whose mapping says survey.
with

current_versions as (
    select * from {{ ref('int_posting__current') }}
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
),

places as (
    select * from {{ ref('int_posting__place') }}
)

select
    current_versions.posting_key as survey_response_key,
    current_versions.source,
    current_versions.record_id,
    current_versions.title_raw,
    companies.company_key,
    occupations.occupation_code,
    titles.seniority,
    places.place_key,
    cast(extract(year from coalesce(current_versions.posted_at, sightings.first_seen_at)) as bigint)
        as paid_year,
    sightings.first_seen_at,
    sightings.closed_at
from current_versions
inner join sightings
    on
        current_versions.source = sightings.source
        and current_versions.record_id = sightings.record_id
left join companies on current_versions.posting_key = companies.posting_key
left join occupations on current_versions.posting_key = occupations.posting_key
left join titles on current_versions.posting_key = titles.posting_key
left join places on current_versions.posting_key = places.posting_key and places.place_no = 1
where current_versions.record_kind = 'survey'
