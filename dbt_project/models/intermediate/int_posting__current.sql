{%- set columns = posting_columns() | map(attribute=0) | list -%}
{%- do columns.remove('description_raw') -%}
{%- do columns.remove('withdrawn_at') -%}
-- The newest version of each record of the sources in use. Texts are left to int_text__clean.
with

versions as (
    select * from {{ ref('int_posting__unite') }}
),

ranked as (
    select
        source,
        record_id,
        version_no,
        fetched_at,
        record_kind,
        {{ columns | join(',\n        ') }},
        withdrawn_at,
        -- a version that says no more than that the ad is gone leaves the one before it standing
        row_number() over (
            partition by source, record_id
            order by
                case when withdrawn_at is not null and title_raw is null then 1 else 0 end,
                version_no desc
        ) as newest_rank,
        case
            when version_no = max(version_no) over (partition by source, record_id)
                then withdrawn_at
            else max(withdrawn_at) over (partition by source, record_id)
        end as newest_withdrawn_at,
        count(*) over (partition by source, record_id) as n_versions
    from versions
)

select
    {{ entity_key(['source', 'record_id']) }} as posting_key,
    source,
    record_id,
    version_no,
    n_versions,
    fetched_at,
    record_kind,
    {{ columns | join(',\n    ') }},
    newest_withdrawn_at as withdrawn_at
from ranked
where
    newest_rank = 1
    -- nothing is known of an ad that was gone before it was met
    and not (withdrawn_at is not null and title_raw is null)
