with

faults as (
    select * from {{ ref('int_quarantine__gather') }}
)

select
    quarantine_key,
    found_by,
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
