-- The places each posting names, in the order stated, each place once.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

places as (
    select * from {{ ref('int_place__match') }}
),

stated as (
    select
        postings.posting_key,
        postings.record_kind,
        coalesce(postings.country_raw, '') as country_raw,
        postings.latitude_raw,
        postings.longitude_raw,
        labels.item as label,
        labels.item_no as label_no
    from postings
    cross join {{ unnest_list(place_labels('postings'), 'labels') }}
),

matched as (
    select
        stated.posting_key,
        stated.record_kind,
        places.place_key,
        min(stated.label_no) as label_no,
        max(stated.latitude_raw) as latitude_raw,
        max(stated.longitude_raw) as longitude_raw
    from stated
    inner join places
        on stated.label = places.label and stated.country_raw = places.country_raw
    where places.place_key is not null
    group by stated.posting_key, stated.record_kind, places.place_key
),

numbered as (
    select
        *,
        cast(
            row_number() over (partition by posting_key order by label_no, place_key) as bigint
        ) as place_no
    from matched
)

-- coordinates are of the posting: of the place it names first, where they are some on Earth
select
    posting_key,
    record_kind,
    place_key,
    place_no,
    case
        when
            place_no = 1
            and latitude_raw between -90 and 90
            and longitude_raw between -180 and 180
            then latitude_raw
    end as source_latitude,
    case
        when
            place_no = 1
            and latitude_raw between -90 and 90
            and longitude_raw between -180 and 180
            then longitude_raw
    end as source_longitude
from numbered
