with

landed as (
    {{ landed_versions(source('raw', 'files__rows'), ['source', 'record_id', 'version_no']) | indent(4) }}
),

renamed as (
    select
        -- ids
        source,
        record_id,
        version_no,

        -- text
        {{ valid_json('payload') }} as payload,
        {{ json_text('request', "'$.file'") }} as file_name,
        {{ json_text('request', "'$.sheet'") }} as sheet_name,
        {{ json_text('request', "'$.line'") }} as line_raw,

        -- times
        {{ utc('fetched_at') }} as fetched_at,

        -- how it came
        run_id
    from landed
    where landed_rank = 1
)

select * from renamed
