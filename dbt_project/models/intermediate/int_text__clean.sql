{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    tags=['rule'],
) }}

-- Titles and descriptions as plain text, and folded: the one place where text is folded. Positions
-- in the folded text hold in the plain text.
with

versions as (
    select * from {{ ref('int_posting__unite') }} as versions
    {{ new_rows_only('versions', 'int_text__clean') }}
),

stripped as (
    select
        source,
        record_id,
        version_no,
        coalesce(title_raw, '') as title,
        {{ strip_tags("coalesce(description_raw, '')") }} as description
    from versions
),

decoded as (
    select
        source,
        record_id,
        version_no,
        {{ decode_entities('title') }} as title,
        {{ decode_entities('description') }} as description
    from stripped
),

-- what was encoded twice, tags included
decoded_again as (
    select
        source,
        record_id,
        version_no,
        {{ decode_entities('title') }} as title,
        {{ decode_entities('description') }} as description
    from decoded
),

plain as (
    select
        source,
        record_id,
        version_no,
        {{ collapse_spaces(strip_tags('title')) }} as title,
        {{ collapse_spaces(strip_tags('description')) }} as description
    from decoded_again
),

folded as (
    select
        source,
        record_id,
        version_no,
        nullif(replace(title, chr(10), ' '), '') as title,
        nullif({{ fold("replace(title, chr(10), ' ')") }}, '') as title_folded,
        nullif(description, '') as description,
        nullif({{ fold('description') }}, '') as description_folded,
        '{{ rules_hash("int_text__clean") }}' as rules_hash
    from plain
)

select * from folded
