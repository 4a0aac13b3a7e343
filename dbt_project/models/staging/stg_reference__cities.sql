with

newest as (
    {{ newest_reference(source('raw', 'reference__cities'), ['geoname_id']) | indent(4) }}
),

renamed as (
    select
        -- ids
        geoname_id,
        country_code,
        region_code as admin1_code,

        -- text
        name as city_name,
        alternate_names as alternate_names_raw,

        -- numbers
        latitude,
        longitude,
        coalesce(population, 0) as population
    from newest
    where key_rank = 1
)

select * from renamed
