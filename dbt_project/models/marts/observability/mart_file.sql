-- Each dropped file that was read, or could not be: rows = usable + quarantined.
with

responses as (
    select * from {{ ref('stg_landing__responses') }}
    where endpoint = 'rows' and source like 'file_%'
),

sources as (
    select * from {{ ref('int_source__select') }}
),

facts as (
    select
        source,
        run_id,
        fetched_at,
        {{ json_texts('body', [
            '$.file', '$.mapping', '$.state', '$.reason', '$.sha256', '$.how.format', '$.bytes',
            '$.rows', '$.usable', '$.quarantined', '$.new',
        ]) }} as texts
    from responses
),

named as (
    select
        source,
        run_id,
        fetched_at,
        {{ harmless_text(list_at('texts', 1)) }} as file_name,
        {{ list_at('texts', 2) }} as mapping_name,
        {{ list_at('texts', 3) }} as state,
        {{ harmless_text(list_at('texts', 4)) }} as reason,
        {{ list_at('texts', 5) }} as file_sha256,
        {{ list_at('texts', 6) }} as file_format,
        {{ text_to_count(list_at('texts', 7)) }} as file_bytes,
        {{ text_to_count(list_at('texts', 8)) }} as n_rows,
        {{ text_to_count(list_at('texts', 9)) }} as n_usable,
        {{ text_to_count(list_at('texts', 10)) }} as n_quarantined,
        {{ text_to_count(list_at('texts', 11)) }} as n_new_versions
    from facts
)

select
    {{ entity_key(['named.source', 'named.run_id', 'named.file_sha256']) }} as file_key,
    named.source,
    named.file_name,
    named.file_sha256,
    named.mapping_name,
    named.state,
    named.reason,
    named.file_format,
    named.file_bytes,
    named.n_rows,
    named.n_usable,
    named.n_quarantined,
    named.n_new_versions,
    named.fetched_at as landed_at
from named
left join sources on named.source = sources.source
-- the sample goes with the demo; a file of which nothing could be read has no rows to be used
where coalesce(sources.is_used, true) or sources.n_versions = 0
