-- What each posting asks for or is like, as far as fields of its source say it, each thing once.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

stated as (
    select
        postings.posting_key,
        postings.record_kind,
        items.item_no,
        {{ json_text('items.item', "'$.kind'") }} as kind,
        {{ json_text('items.item', "'$.code'") }} as code,
        {{ collapse_spaces(json_text('items.item', "'$.name'")) }} as name,
        {{ json_text('items.item', "'$.requirement'") }} as requirement
    from postings
    cross join {{ unnest_list(json_items('postings.traits_raw'), 'items') }}
    where postings.traits_raw != '[]'
),

-- said twice, what is required goes before what is desired
ranked as (
    select
        posting_key,
        record_kind,
        item_no,
        kind,
        code,
        nullif(name, '') as name,
        requirement,
        row_number() over (
            partition by
                posting_key, kind, coalesce(code, ''), {{ fold_name("coalesce(name, '')") }}
            order by
                case requirement when 'required' then 0 when 'desired' then 1 else 2 end,
                item_no
        ) as repeat_no
    from stated
    where coalesce(code, nullif(name, '')) is not null
)

select
    posting_key,
    record_kind,
    cast(
        row_number() over (partition by posting_key order by item_no) as bigint
    ) as trait_no,
    kind,
    code,
    name,
    requirement
from ranked
where repeat_no = 1
