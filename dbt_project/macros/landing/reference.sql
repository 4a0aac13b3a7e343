{#- The rows of a reference table that came with the package version landed last, each key once.
    Yields the table's columns and key_rank; keep key_rank = 1. -#}
{% macro newest_reference(relation, keys) -%}
    select
        *,
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by coalesce(_dlt_load_id, '') desc
        ) as key_rank
    from {{ relation }}
    where
        version = (
            select
                max_by(
                    coalesce(version, ''), coalesce(_dlt_load_id, '') || ' ' || version
                ) as version
            from {{ relation }}
        )
{%- endmacro %}
