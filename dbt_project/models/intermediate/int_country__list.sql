-- Countries that any place or statement names, with the currency figures of that country are in.
with

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

places as (
    select distinct country_code
    from {{ ref('int_place__match') }}
    where country_code is not null
)

select
    places.country_code,
    countries.country_code_3,
    coalesce(countries.country_name, places.country_code) as country_name,
    countries.currency
from places
left join countries on places.country_code = countries.country_code
