-- Seniority, employment type, contract and workplace of each posting: the source's own field first,
-- then the words of the title.
with

postings as (
    select * from {{ ref('int_posting__current') }}
),

texts as (
    select * from {{ rule_rows(ref('int_text__clean')) }}
),

places as (
    select * from {{ ref('int_place__match') }}
),

sources as (
    select * from {{ ref('source_terms') }}
),

level_words as (
    select * from {{ ref('level_words') }}
),

title_words as (
    select * from {{ ref('title_words') }}
),

titles as (
    select
        postings.posting_key,
        {{ spaced_words('texts.title_folded') }} as title_spaced
    from postings
    inner join texts
        on
            postings.source = texts.source
            and postings.record_id = texts.record_id
            and postings.version_no = texts.version_no
),

tokens as (
    select
        titles.posting_key,
        words.item as word,
        lead(words.item) over (partition by titles.posting_key order by words.item_no) as next_word
    from titles
    cross join {{ unnest_list(text_parts('titles.title_spaced', ' '), 'words') }}
),

terms as (
    select
        posting_key,
        word as term
    from tokens
    union all
    select
        posting_key,
        word || ' ' || next_word as term
    from tokens
    where next_word is not null
),

title_values as (
    select
        terms.posting_key,
        title_words.attribute,
        title_words.value,
        row_number() over (
            partition by terms.posting_key, title_words.attribute
            order by title_words.rank, title_words.value
        ) as value_rank
    from terms
    inner join title_words on terms.term = title_words.term
),

-- the first level that a posting states, where its source's levels are known to us
stated_levels as (
    select
        postings.posting_key,
        level_words.seniority,
        row_number() over (
            partition by postings.posting_key
            order by levels.item_no
        ) as level_rank
    from postings
    cross join {{ unnest_list(json_text_list('postings.levels_raw', '$[*]'), 'levels') }}
    left join sources on postings.source = sources.source
    inner join level_words
        on
            coalesce(sources.scheme, 'any') = level_words.scheme
            and {{ fold_name('levels.item') }} = level_words.level_folded
),

label_workplaces as (
    select
        postings.posting_key,
        max(case when places.workplace = 'remote' then 1 else 0 end) as says_remote,
        max(case when places.workplace = 'hybrid' then 1 else 0 end) as says_hybrid
    from postings
    cross join {{ unnest_list(json_text_list('postings.locations_raw', '$[*]'), 'labels') }}
    inner join places on labels.item = places.label
    group by postings.posting_key
),

title_attributes as (
    select
        posting_key,
        max(case when attribute = 'seniority' then value end) as seniority,
        max(case when attribute = 'employment_type' then value end) as employment_type,
        max(case when attribute = 'contract' then value end) as contract,
        max(case when attribute = 'workplace' then value end) as workplace
    from title_values
    where value_rank = 1
    group by posting_key
),

field_values as (
    select
        posting_key,
        {{ code_of('employment_type_raw') }} as employment_type,
        {{ code_of('contract_raw') }} as contract,
        {{ code_of('workplace_raw') }} as workplace
    from postings
)

select
    postings.posting_key,
    coalesce(stated_levels.seniority, title_attributes.seniority) as seniority,
    coalesce(
        case
            when field_values.employment_type in ('full_time', 'part_time')
                then field_values.employment_type
        end,
        title_attributes.employment_type
    ) as employment_type,
    coalesce(
        case
            when
                field_values.contract in (
                    'permanent', 'fixed_term', 'temporary_agency', 'seasonal', 'freelance',
                    'apprenticeship', 'internship', 'other'
                )
                then field_values.contract
        end,
        case when stated_levels.seniority = 'intern' then 'internship' end,
        title_attributes.contract
    ) as contract,
    coalesce(
        case
            when field_values.workplace in ('on_site', 'hybrid', 'remote')
                then field_values.workplace
        end,
        case when label_workplaces.says_remote = 1 then 'remote' end,
        case when label_workplaces.says_hybrid = 1 then 'hybrid' end,
        title_attributes.workplace
    ) as workplace
from postings
left join stated_levels
    on postings.posting_key = stated_levels.posting_key and stated_levels.level_rank = 1
left join title_attributes on postings.posting_key = title_attributes.posting_key
left join label_workplaces on postings.posting_key = label_workplaces.posting_key
left join field_values on postings.posting_key = field_values.posting_key
