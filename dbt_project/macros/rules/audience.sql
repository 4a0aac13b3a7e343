{#- Who the marts are for, and what a source's terms allow for it. -#}

{#- True for the sources whose consent the user has: SOURCES__<SOURCE>__MAY_PUBLISH_AGGREGATES. -#}
{% macro consent_is_given(column) -%}
    {%- set given = [] -%}
    {%- for source in ['the_muse', 'adzuna', 'france_travail', 'jsearch', 'files'] -%}
        {%- set setting = env_var('SOURCES__' ~ source | upper ~ '__MAY_PUBLISH_AGGREGATES', '') -%}
        {%- if setting | lower in ['true', '1', 'yes', 'on'] -%}
            {%- do given.append(source) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if given -%}
        case
            when {{ column }} like 'file%' then 'files'
            else {{ column }}
        end in ('{{ given | join("', '") }}')
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{#- The condition on rows of dim_source under which a source may enter the `mart_` models. -#}
{% macro in_audience(alias) -%}
    {%- if env_var('WAGEHOUSE_AUDIENCE', 'private') == 'public' -%}
        {{ alias }}.is_used and {{ alias }}.may_publish_aggregates
    {%- else -%}
        {{ alias }}.is_used
    {%- endif -%}
{%- endmacro %}
