-- Which statement stands for a posting: at most one usable an origin, and at most one is shown.
-- A range or single amount goes before one end alone, then the order in the text.
with

statements as (
    select * from {{ ref('int_pay__annualise') }}
),

origins as (
    select * from {{ ref('pay_origins') }}
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
                statements.statement_no
        ) as origin_rank,
        origins.precedence as origin_precedence
    from statements
    inner join origins on statements.origin = origins.origin
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
