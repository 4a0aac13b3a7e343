with

statements as (
    select * from {{ ref('int_pay__annualise') }}
),

choices as (
    select * from {{ ref('int_pay__choose') }}
)

select
    {{ entity_key(['statements.source', 'statements.record_id', 'statements.statement_no']) }}
        as pay_statement_key,
    case when statements.record_kind = 'posting' then statements.posting_key end as posting_key,
    statements.source,
    statements.record_id,
    statements.statement_no,
    statements.origin,
    statements.text_raw,
    statements.scope_raw,
    statements.amount_min,
    statements.amount_max,
    statements.currency,
    statements.period,
    statements.period_basis,
    statements.payments_year,
    statements.tax_basis,
    statements.is_total,
    statements.hours_basis,
    statements.annual_min,
    statements.annual_max,
    statements.annual_min_eur,
    statements.annual_max_eur,
    statements.annual_min_usd,
    statements.annual_max_usd,
    statements.stated_on,
    statements.rate_on,
    statements.flags,
    statements.is_usable,
    choices.is_chosen,
    choices.is_shown
from statements
inner join choices
    on
        statements.posting_key = choices.posting_key
        and statements.statement_no = choices.statement_no
