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
        labels.item as label,
        labels.item_no as label_no
    from postings
    cross join {{ unnest_list(json_text_list('postings.locations_raw', '$[*]'), 'labels') }}
),

matched as (
    select
        stated.posting_key,
        stated.record_kind,
        places.place_key,
        min(stated.label_no) as label_no
    from stated
    inner join places on stated.label = places.label
    where places.place_key is not null
    group by stated.posting_key, stated.record_kind, places.place_key
)

select
    posting_key,
    record_kind,
    place_key,
    cast(
        row_number() over (partition by posting_key order by label_no, place_key) as bigint
    ) as place_no
from matched
