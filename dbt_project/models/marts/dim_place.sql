with

places as (
    select * from {{ ref('place') }}
),

countries as (
    select * from {{ ref('country') }}
)

select
    places.place_key,
    places.place_level,
    places.city,
    places.region_code,
    places.region,
    places.country_code,
    countries.country_name,
    countries.currency,
    places.latitude,
    places.longitude
from places
inner join countries on places.country_code = countries.country_code
