-- Which statement stands for a posting: at most one usable an origin, and at most one is shown.
-- What can be made annual goes first, then a range or single amount before one end alone, base pay
-- before pay with its variable part, and the amount whose words fit the posting's title and places.
with

statements as (
    select * from {{ ref('int_pay__annualise') }}
),

postings as (
    select * from {{ ref('int_posting__current') }}
),

origins as (
    select * from {{ ref('pay_origins') }}
),

-- only where an ad states several amounts is anything to be fitted
several as (
    select
        posting_key,
        origin
    from statements
    where scope_raw is not null
    group by posting_key, origin
    having count(*) > 1
),

scope_words as (
    select distinct
        statements.posting_key,
        statements.statement_no,
        words.item as word
    from statements
    inner join several
        on
            statements.posting_key = several.posting_key
            and statements.origin = several.origin
    cross join
        {{ unnest_list(text_parts(spaced_words(fold_name('statements.scope_raw')), ' '), 'words') }}
    where words.item != ''
),

posting_words as (
    select distinct
        postings.posting_key,
        words.item as word
    from postings
    inner join several on postings.posting_key = several.posting_key
    cross join {{ unnest_list(text_parts(
        spaced_words(fold_name("concat_ws(' ', postings.title_raw, postings.locations_raw)")), ' '
    ), 'words') }}
    where words.item != ''
),

fits as (
    select
        scope_words.posting_key,
        scope_words.statement_no,
        cast(count(*) as bigint) as n_words
    from scope_words
    inner join posting_words
        on
            scope_words.posting_key = posting_words.posting_key
            and scope_words.word = posting_words.word
    group by scope_words.posting_key, scope_words.statement_no
),

ranked as (
    select
        statements.*,
        row_number() over (
            partition by statements.posting_key, statements.origin
            order by
                case when statements.is_usable then 0 else 1 end,
                case
                    when coalesce(statements.annual_min, statements.annual_max) is null then 1
                    else 0
                end,
                case
                    when statements.amount_min is null or statements.amount_max is null then 1
                    else 0
                end,
                case when statements.is_total then 1 else 0 end,
                coalesce(fits.n_words, 0) desc,
                statements.statement_no
        ) as origin_rank,
        origins.precedence as origin_precedence
    from statements
    inner join origins on statements.origin = origins.origin
    left join fits
        on
            statements.posting_key = fits.posting_key
            and statements.statement_no = fits.statement_no
),

chosen as (
    select
        *,
        is_usable and origin_rank = 1 as is_chosen
    from ranked
),

shown as (
    select
        *,
        row_number() over (
            partition by posting_key
            order by
                case when is_chosen then 0 else 1 end,
                origin_precedence nulls last,
                statement_no
        ) as shown_rank
    from chosen
)

select
    posting_key,
    statement_no,
    is_chosen,
    is_chosen and shown_rank = 1 as is_shown
from shown
