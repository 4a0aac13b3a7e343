-- The occupation of each posting: the first category of its source that the seed knows, and of its
-- path the finest part.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

sources as (
    select * from {{ ref('source_terms') }}
),

categories as (
    select * from {{ ref('category_occupations') }}
),

stated as (
    select
        postings.posting_key,
        coalesce(sources.scheme, postings.source) as scheme,
        stated_categories.item_no as category_no,
        {{ text_parts('stated_categories.item', ' > ') }} as parts
    from postings
    cross join
        {{ unnest_list(json_text_list('postings.categories_raw', '$[*]'), 'stated_categories') }}
    left join sources on postings.source = sources.source
),

-- a category is its own name, or a path to it whose coarser parts may be known where it is not
parted as (
    select
        stated.posting_key,
        stated.scheme,
        stated.category_no,
        {{ list_at('stated.parts', list_length('stated.parts')) }} as category,
        parts.item_no as part_no,
        {{ trim_spaces(fold_name('parts.item')) }} as category_folded
    from stated
    cross join {{ unnest_list('stated.parts', 'parts') }}
),

-- the list of the source goes before the one of all
coded as (
    select
        parted.posting_key,
        parted.category,
        parted.category_no,
        parted.part_no,
        coalesce(own.occupation_code, for_all.occupation_code) as occupation_code
    from parted
    left join categories as own
        on parted.scheme = own.scheme and parted.category_folded = own.category_folded
    left join categories as for_all
        on for_all.scheme = 'any' and parted.category_folded = for_all.category_folded
),

mapped as (
    select
        posting_key,
        category,
        occupation_code,
        row_number() over (
            partition by posting_key
            order by
                case when occupation_code is null then 1 else 0 end asc,
                category_no asc,
                part_no desc
        ) as category_rank
    from coded
)

select
    posting_key,
    category as category_raw,
    occupation_code
from mapped
where category_rank = 1
