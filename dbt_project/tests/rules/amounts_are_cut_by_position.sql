-- Text is found in the folded description and cut from the plain one by position: folding the cut
-- gives what was found.
select
    parsed.source,
    parsed.record_id,
    parsed.candidate_no,
    parsed.text_raw
from {{ ref('int_pay__parse') }} as parsed
inner join {{ ref('int_text__clean') }} as texts
    on
        parsed.source = texts.source
        and parsed.record_id = texts.record_id
        and parsed.version_no = texts.version_no
where
    parsed.rules_hash = '{{ rules_hash("int_pay__parse") }}'
    and texts.rules_hash = '{{ rules_hash("int_text__clean") }}'
    and parsed.candidate_no > 0
    and parsed.text_no = 0
    and {{ fold('parsed.text_raw') }}
    != substr(texts.description_folded, parsed.starts_at, length(parsed.text_raw))
