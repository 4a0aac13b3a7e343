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

field_codes as (
    select * from {{ ref('field_codes') }}
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

-- words of a source are looked up in its own list, then in the one of all
schemes as (
    select
        postings.posting_key,
        coalesce(sources.scheme, postings.source) as scheme
    from postings
    left join sources on postings.source = sources.source
),

levels as (
    select
        postings.posting_key,
        schemes.scheme,
        {{ fold_name('levels.item') }} as level_folded,
        levels.item_no as level_no
    from postings
    inner join schemes on postings.posting_key = schemes.posting_key
    cross join {{ unnest_list(json_text_list('postings.levels_raw', '$[*]'), 'levels') }}
),

-- the first level that a posting states, of those that are known to us
stated_levels as (
    select
        levels.posting_key,
        coalesce(own_words.seniority, any_words.seniority) as seniority,
        row_number() over (
            partition by levels.posting_key
            order by levels.level_no
        ) as level_rank
    from levels
    left join level_words as own_words
        on levels.scheme = own_words.scheme and levels.level_folded = own_words.level_folded
    left join level_words as any_words
        on any_words.scheme = 'any' and levels.level_folded = any_words.level_folded
    where coalesce(own_words.seniority, any_words.seniority) is not null
),

-- what fields say of employment type, contract and workplace, whichever a field is named for
labels as (
    select
        posting_key,
        {{ code_of('contract_raw') }} as label_code,
        1 as label_no
    from postings
    where contract_raw is not null
    union all
    select
        posting_key,
        {{ code_of('employment_type_raw') }} as label_code,
        2 as label_no
    from postings
    where employment_type_raw is not null
    union all
    select
        posting_key,
        {{ code_of('workplace_raw') }} as label_code,
        3 as label_no
    from postings
    where workplace_raw is not null
    union all
    select
        postings.posting_key,
        {{ code_of('labels.item') }} as label_code,
        labels.item_no + 3 as label_no
    from postings
    cross join {{ unnest_list(json_text_list('postings.labels_raw', '$[*]'), 'labels') }}
),

coded_labels as (
    select
        labels.posting_key,
        labels.label_no,
        field_codes.attribute,
        field_codes.value,
        field_codes.rank,
        case when field_codes.scheme = 'any' then 1 else 0 end as scheme_rank
    from labels
    inner join schemes on labels.posting_key = schemes.posting_key
    inner join field_codes on labels.label_code = field_codes.label_code
    where field_codes.scheme = schemes.scheme or field_codes.scheme = 'any'
),

ranked_labels as (
    select
        posting_key,
        attribute,
        value,
        row_number() over (
            partition by posting_key, attribute
            order by scheme_rank nulls last, rank, label_no, value
        ) as value_rank
    from coded_labels
),

label_workplaces as (
    select
        postings.posting_key,
        max(case when places.workplace = 'remote' then 1 else 0 end) as says_remote,
        max(case when places.workplace = 'hybrid' then 1 else 0 end) as says_hybrid
    from postings
    cross join {{ unnest_list(place_labels('postings'), 'labels') }}
    inner join places
        on
            labels.item = places.label
            and coalesce(postings.country_raw, '') = places.country_raw
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
        max(case when attribute = 'employment_type' then value end) as employment_type,
        max(case when attribute = 'contract' then value end) as contract,
        max(case when attribute = 'workplace' then value end) as workplace
    from ranked_labels
    where value_rank = 1
    group by posting_key
)

select
    postings.posting_key,
    coalesce(stated_levels.seniority, title_attributes.seniority) as seniority,
    coalesce(field_values.employment_type, title_attributes.employment_type) as employment_type,
    coalesce(
        field_values.contract,
        case when stated_levels.seniority = 'intern' then 'internship' end,
        title_attributes.contract
    ) as contract,
    coalesce(
        field_values.workplace,
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
