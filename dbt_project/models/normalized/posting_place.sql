with

posting_places as (
    select * from {{ ref('int_posting__place') }}
)

select
    posting_key,
    place_key,
    place_no,
    place_no = 1 as is_primary,
    source_latitude,
    source_longitude
from posting_places
where record_kind = 'posting'
