with

matches as (
    select * from {{ ref('int_place__match') }}
),

ranked as (
    select
        *,
        row_number() over (partition by place_key order by label, country_raw) as label_rank
    from matches
    where place_key is not null
)

select
    place_key,
    place_level,
    city_name as city,
    region_code,
    region_name as region,
    country_code,
    latitude,
    longitude
from ranked
where label_rank = 1
