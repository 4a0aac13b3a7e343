-- Place labels matched to the gazetteer: "City, ST", "City, Region, Country", "City, Country", a
-- region or a country alone, a large city alone. Parts may be finer than a city ("Holborn, London,
-- UK"): the first that is one counts. A country that the source states apart helps where the label
-- has none. Words that say remote or hybrid are a workplace, what is left of the label a place.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

cities as (
    select
        *,
        replace({{ fold_name('city_name') }}, '-', ' ') as city_folded
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

region_aliases as (
    select * from {{ ref('region_aliases') }}
),

country_aliases as (
    select * from {{ ref('country_aliases') }}
),

workplace_labels as (
    select * from {{ ref('workplace_labels') }}
),

labels as (
    select distinct
        labels.item as label,
        coalesce(postings.country_raw, '') as country_raw
    from postings
    cross join {{ unnest_list(place_labels('postings'), 'labels') }}
    where labels.item is not null
),

folded as (
    select
        label,
        country_raw,
        {{ trim_spaces(fold_name('label')) }} as label_folded,
        {{ trim_spaces(fold_name('country_raw')) }} as country_folded
    from labels
),

-- the longest word on the workplace that a label holds
worded as (
    select
        folded.label,
        folded.country_raw,
        workplace_labels.label_folded as word,
        workplace_labels.workplace,
        row_number() over (
            partition by folded.label, folded.country_raw
            order by length(workplace_labels.label_folded) desc, workplace_labels.label_folded
        ) as word_rank
    from folded
    cross join workplace_labels
    where
        ' ' || {{ spaced_words('folded.label_folded') }} || ' '
        like '% ' || {{ spaced_words('workplace_labels.label_folded') }} || ' %'
),

placed as (
    select
        folded.label,
        folded.country_raw,
        folded.country_folded,
        worded.workplace,
        {{ trim_characters(
            "case when worded.word is null then folded.label_folded"
            ~ " else replace(folded.label_folded, worded.word, '') end",
            "' ,:/()-|&'"
        ) }} as place_folded
    from folded
    left join worded
        on
            folded.label = worded.label
            and folded.country_raw = worded.country_raw
            and worded.word_rank = 1
),

parted as (
    select
        label,
        country_raw,
        country_folded,
        workplace,
        place_folded,
        {{ text_parts('place_folded', ', ') }} as parts
    from placed
    where place_folded != ''
),

counted as (
    select
        label,
        country_raw,
        country_folded,
        workplace,
        place_folded,
        parts,
        {{ list_length('parts') }} as n_parts,
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

-- a country that is stated apart: a code of two letters, or a name
country_codes as (
    select
        {{ fold_name('country_code') }} as name_folded,
        country_code
    from countries
    union all
    select
        name_folded,
        country_code
    from country_words
    where length(name_folded) > 2
),

-- names of a region, its postal code among them
region_words as (
    select
        country_code,
        word,
        min(region_code) as region_code
    from (
        select
            country_code,
            region_folded as word,
            region_code
        from regions
        union all
        select
            country_code,
            {{ fold_name('postal_code') }} as word,
            region_code
        from regions
        where postal_code is not null
        union all
        select
            country_code,
            alias_folded as word,
            region_code
        from region_aliases
    ) as words
    group by country_code, word
),

-- the last part is a state's postal code, a country or a region
read_labels as (
    select
        counted.label,
        counted.country_raw,
        counted.workplace,
        counted.parts,
        counted.n_parts,
        coalesce(
            states.country_code, country_words.country_code, whole_region.country_code,
            country_codes.country_code
        ) as country_code,
        coalesce(states.region_code, whole_region.region_code) as region_code,
        counted.n_parts - case
            when
                coalesce(
                    states.region_code, country_words.country_code, whole_region.region_code
                ) is not null
                or counted.place_folded = counted.country_folded
                then 1
            else 0
        end as n_place_parts
    from counted
    left join country_codes on counted.country_folded = country_codes.name_folded
    left join regions as states
        on
            counted.n_parts > 1
            and counted.last_part = {{ fold_name('states.postal_code') }}
            and coalesce(country_codes.country_code, states.country_code) = states.country_code
    left join country_words
        on states.region_code is null and counted.last_part = country_words.name_folded
    left join regions as whole_region
        on
            country_words.country_code is null
            and states.region_code is null
            and counted.last_part = whole_region.region_folded
            and coalesce(country_codes.country_code, whole_region.country_code)
            = whole_region.country_code
),

-- the parts before it, in which a city and a region may be
label_parts as (
    select
        read_labels.label,
        read_labels.country_raw,
        read_labels.country_code,
        read_labels.region_code,
        read_labels.n_parts,
        parts.item_no as part_no,
        {{ trim_spaces('parts.item') }} as part,
        -- "SAINT DENIS" is Saint-Denis
        {{ trim_spaces("replace(parts.item, '-', ' ')") }} as city_part
    from read_labels
    cross join {{ unnest_list('read_labels.parts', 'parts') }}
    where parts.item_no <= read_labels.n_place_parts
),

-- a region is rather not in the first part
part_regions as (
    select
        label_parts.label,
        label_parts.country_raw,
        region_words.region_code,
        label_parts.part_no,
        row_number() over (
            partition by label_parts.label, label_parts.country_raw
            order by case when label_parts.part_no = 1 then 1 else 0 end, label_parts.part_no
        ) as part_rank
    from label_parts
    inner join region_words
        on
            label_parts.country_code = region_words.country_code
            and label_parts.part = region_words.word
    where label_parts.region_code is null
),

located as (
    select
        read_labels.label,
        read_labels.country_raw,
        read_labels.workplace,
        read_labels.n_parts,
        read_labels.n_place_parts,
        read_labels.country_code,
        coalesce(own.admin1_code, found.admin1_code) as admin1_code,
        coalesce(part_regions.part_no, 0) as region_part_no
    from read_labels
    left join part_regions
        on
            read_labels.label = part_regions.label
            and read_labels.country_raw = part_regions.country_raw
            and part_regions.part_rank = 1
    left join regions as own on read_labels.region_code = own.region_code
    left join regions as found on part_regions.region_code = found.region_code
),

-- other names of cities, only those that are asked for
wanted as (
    select distinct city_part as city_folded
    from label_parts
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
        replace({{ fold_name('other_names.item') }}, '-', ' ') as name_folded,
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
        label_parts.label,
        label_parts.country_raw,
        cities.geoname_id,
        cities.city_name,
        cities.country_code,
        cities.admin1_code,
        cities.latitude,
        cities.longitude,
        row_number() over (
            partition by label_parts.label, label_parts.country_raw
            order by
                label_parts.part_no asc,
                wanted_names.name_rank asc nulls last,
                cities.population desc,
                cities.geoname_id asc
        ) as city_rank
    from label_parts
    inner join located
        on
            label_parts.label = located.label
            and label_parts.country_raw = located.country_raw
    inner join wanted_names on label_parts.city_part = wanted_names.name_folded
    inner join cities on wanted_names.geoname_id = cities.geoname_id
    where
        (located.country_code is null or located.country_code = cities.country_code)
        and (located.admin1_code is null or located.admin1_code = cities.admin1_code)
        -- "New York, USA" is the city that its region is named for, "Bretagne, France" the region
        and (located.region_part_no != 1 or cities.population >= 100000)
        -- a name alone has to be a large city's, and with a tail that says nothing to us it is none
        and (
            located.country_code is not null
            or (
                located.n_parts = 1
                and cities.population
                >= case when wanted_names.name_rank = 0 then 300000 else 1000000 end
            )
        )
),

matched as (
    select
        labels.label,
        labels.country_raw,
        placed.workplace,
        candidates.geoname_id,
        candidates.city_name,
        candidates.latitude,
        candidates.longitude,
        coalesce(candidates.country_code, located.country_code) as country_code,
        coalesce(candidates.admin1_code, located.admin1_code) as admin1_code
    from labels
    left join placed
        on labels.label = placed.label and labels.country_raw = placed.country_raw
    left join located
        on labels.label = located.label and labels.country_raw = located.country_raw
    left join candidates
        on
            labels.label = candidates.label
            and labels.country_raw = candidates.country_raw
            and candidates.city_rank = 1
),

named as (
    select
        matched.label,
        matched.country_raw,
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
    country_raw,
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
