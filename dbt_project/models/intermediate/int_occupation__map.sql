-- The occupation of each posting: the first category of its source that the seed knows.
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
        stated_categories.item as category,
        stated_categories.item_no as category_no,
        coalesce(sources.scheme, 'any') as scheme
    from postings
    cross join
        {{ unnest_list(json_text_list('postings.categories_raw', '$[*]'), 'stated_categories') }}
    left join sources on postings.source = sources.source
),

mapped as (
    select
        stated.posting_key,
        stated.category,
        categories.occupation_code,
        row_number() over (
            partition by stated.posting_key
            order by
                case when categories.occupation_code is null then 1 else 0 end,
                stated.category_no
        ) as category_rank
    from stated
    left join categories
        on
            stated.scheme = categories.scheme
            and {{ trim_spaces(fold_name('stated.category')) }} = categories.category_folded
)

select
    posting_key,
    category as category_raw,
    occupation_code
from mapped
where category_rank = 1
