with

faults as (
    select * from {{ ref('int_quarantine__gather') }}
)

select
    {{ entity_key(['origin', 'row_id', 'field']) }} as quarantine_key,
    source,
    endpoint,
    record_id,
    file_name,
    line_no,
    field,
    value,
    reason_code,
    reason,
    seen_at
from faults
