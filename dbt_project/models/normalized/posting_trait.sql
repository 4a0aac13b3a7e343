with

traits as (
    select * from {{ ref('int_trait__unite') }}
)

select
    {{ entity_key(['posting_key', 'trait_no']) }} as posting_trait_key,
    posting_key,
    trait_no,
    kind,
    code,
    name,
    requirement
from traits
where record_kind = 'posting'
