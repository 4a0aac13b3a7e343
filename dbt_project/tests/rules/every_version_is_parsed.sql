-- The rules have seen every version that stands: one set of rows a version, of the current rules.
select
    versions.source,
    versions.record_id,
    versions.version_no,
    texts.record_id is null as has_no_text,
    parsed.record_id is null as has_no_pay
from {{ ref('int_posting__unite') }} as versions
left join {{ rule_rows(ref('int_text__clean')) }} as texts
    on
        versions.source = texts.source
        and versions.record_id = texts.record_id
        and versions.version_no = texts.version_no
left join (
    select distinct
        source,
        record_id,
        version_no
    from {{ rule_rows(ref('int_pay__parse')) }}
) as parsed
    on
        versions.source = parsed.source
        and versions.record_id = parsed.record_id
        and versions.version_no = parsed.version_no
where texts.record_id is null or parsed.record_id is null
