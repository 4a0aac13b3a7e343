with

posting_places as (
    select * from {{ ref('posting_place') }}
)

select
    posting_key,
    place_key,
    place_no,
    is_primary
from posting_places
