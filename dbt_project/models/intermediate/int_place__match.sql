-- Place labels matched to the gazetteer: "City, ST", "City, Region, Country", "City, Country", a
-- region or a country alone, a large city alone; labels that say remote or hybrid are no place.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

cities as (
    select
        *,
        {{ fold_name('city_name') }} as city_folded
    from {{ ref('stg_reference__cities') }}
),

countries as (
    select * from {{ ref('stg_reference__countries') }}
),

regions as (
    select
        *,
        {{ fold_name('region_name') }} as region_folded
    from {{ ref('regions') }}
),

country_aliases as (
    select * from {{ ref('country_aliases') }}
),

workplace_labels as (
    select * from {{ ref('workplace_labels') }}
),

labels as (
    select distinct labels.item as label
    from postings
    cross join {{ unnest_list(json_text_list('postings.locations_raw', '$[*]'), 'labels') }}
    where labels.item is not null
),

folded as (
    select
        label,
        {{ trim_spaces(fold_name('label')) }} as label_folded
    from labels
),

parted as (
    select
        label,
        label_folded,
        {{ text_parts('label_folded', ', ') }} as parts
    from folded
),

parts as (
    select
        label,
        label_folded,
        {{ list_length('parts') }} as n_parts,
        {{ trim_spaces(list_at('parts', 1)) }} as first_part,
        {{ trim_spaces(list_at('parts', 2)) }} as second_part,
        {{ trim_spaces(list_at('parts', list_length('parts'))) }} as last_part
    from parted
),

country_names as (
    select
        name_folded,
        min(country_code) as country_code
    from (
        select
            {{ fold_name('country_name') }} as name_folded,
            country_code
        from countries
        union all
        select
            {{ fold_name('country_code_3') }} as name_folded,
            country_code
        from countries
    ) as names
    group by name_folded
),

-- an alias of ours goes before a name of the gazetteer
country_words as (
    select
        coalesce(country_aliases.alias_folded, country_names.name_folded) as name_folded,
        coalesce(country_aliases.country_code, country_names.country_code) as country_code
    from country_names
    full outer join country_aliases on country_names.name_folded = country_aliases.alias_folded
),

-- the last part is a state's postal code, or a country; the part before it may be a region
read_parts as (
    select
        parts.label,
        parts.label_folded,
        parts.n_parts,
        workplace_labels.workplace,
        parts.first_part,
        coalesce(states.country_code, country_words.country_code, whole_region.country_code)
            as country_code,
        coalesce(
            states.admin1_code, middle_region.admin1_code, whole_region.admin1_code
        ) as admin1_code,
        parts.n_parts = 1 and (
            country_words.country_code is not null or whole_region.region_code is not null
        ) as is_wide
    from parts
    left join workplace_labels on parts.label_folded = workplace_labels.label_folded
    left join regions as states
        on parts.n_parts > 1 and parts.last_part = {{ fold_name('states.postal_code') }}
    left join country_words
        on states.region_code is null and parts.last_part = country_words.name_folded
    left join regions as middle_region
        on
            parts.n_parts > 2
            and country_words.country_code = middle_region.country_code
            and (
                parts.second_part = middle_region.region_folded
                or parts.second_part = {{ fold_name('middle_region.postal_code') }}
            )
    left join regions as whole_region
        on
            country_words.country_code is null
            and states.region_code is null
            and parts.last_part = whole_region.region_folded
),

-- other names of cities, only those that are asked for
wanted as (
    select distinct first_part as city_folded
    from read_parts
    where workplace is null and not is_wide
),

city_names as (
    select
        geoname_id,
        city_folded as name_folded,
        0 as name_rank
    from cities
    union all
    select
        cities.geoname_id,
        {{ fold_name('other_names.item') }} as name_folded,
        1 as name_rank
    from cities
    cross join
        {{ unnest_list(json_text_list('cities.alternate_names_raw', '$[*]'), 'other_names') }}
    -- names in Latin letters; the others would be three quarters of the work
    where {{ regex_test('other_names.item', '^[A-Za-z\u00c0-\u024f]') }}
),

wanted_names as (
    select
        city_names.name_folded,
        city_names.geoname_id,
        min(city_names.name_rank) as name_rank
    from city_names
    inner join wanted on city_names.name_folded = wanted.city_folded
    group by city_names.name_folded, city_names.geoname_id
),

candidates as (
    select
        read_parts.label,
        cities.geoname_id,
        cities.city_name,
        cities.country_code,
        cities.admin1_code,
        cities.latitude,
        cities.longitude,
        row_number() over (
            partition by read_parts.label
            order by
                wanted_names.name_rank asc nulls last,
                cities.population desc,
                cities.geoname_id asc
        ) as city_rank
    from read_parts
    inner join wanted_names on read_parts.first_part = wanted_names.name_folded
    inner join cities on wanted_names.geoname_id = cities.geoname_id
    where
        read_parts.workplace is null
        and not read_parts.is_wide
        and (read_parts.country_code is null or read_parts.country_code = cities.country_code)
        and (read_parts.admin1_code is null or read_parts.admin1_code = cities.admin1_code)
        -- a name alone, or with a tail that says nothing to us, has to be a large city's first name
        and (
            read_parts.country_code is not null
            or (
                read_parts.n_parts = 1
                and cities.population >= 300000
                and wanted_names.name_rank = 0
            )
        )
),

matched as (
    select
        read_parts.label,
        read_parts.workplace,
        candidates.geoname_id,
        candidates.city_name,
        candidates.latitude,
        candidates.longitude,
        coalesce(candidates.country_code, read_parts.country_code) as country_code,
        coalesce(candidates.admin1_code, read_parts.admin1_code) as admin1_code
    from read_parts
    left join candidates on read_parts.label = candidates.label and candidates.city_rank = 1
),

named as (
    select
        matched.label,
        matched.workplace,
        matched.geoname_id,
        matched.city_name,
        regions.region_code,
        regions.region_name,
        matched.country_code,
        matched.latitude,
        matched.longitude,
        case
            when matched.geoname_id is not null then 'city'
            when regions.region_code is not null then 'region'
            when matched.country_code is not null then 'country'
        end as place_level
    from matched
    left join regions
        on
            matched.country_code = regions.country_code
            and matched.admin1_code = regions.admin1_code
)

select
    label,
    case
        when place_level is not null
            then
                md5(
                    place_level || ':'
                    || case place_level
                        when 'city' then geoname_id
                        when 'region' then region_code
                        else country_code
                    end
                )
    end as place_key,
    place_level,
    geoname_id,
    city_name,
    region_code,
    region_name,
    country_code,
    latitude,
    longitude,
    workplace
from named
