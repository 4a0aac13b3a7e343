-- When each record of the sources in use was first and last met, and when it closed. A record
-- without a sighting counts as met when it was fetched.
with

current_versions as (
    select * from {{ ref('int_posting__current') }}
),

sightings as (
    select * from {{ ref('int_sighting__fold') }}
    where endpoint != 'companies'
)

select
    current_versions.source,
    current_versions.record_id,
    coalesce(min(sightings.first_seen_at), current_versions.fetched_at) as first_seen_at,
    coalesce(max(sightings.last_seen_at), current_versions.fetched_at) as last_seen_at,
    max(sightings.closed_at) as closed_at
from current_versions
left join sightings
    on
        current_versions.source = sightings.source
        and current_versions.record_id = sightings.record_id
group by current_versions.source, current_versions.record_id, current_versions.fetched_at
