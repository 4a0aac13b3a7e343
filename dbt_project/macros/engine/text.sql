{#- Text and regular expressions. Patterns are ASCII, without \b, (?i) or backslashes, and are
    applied to folded text. -#}

{% macro regex_test(value, pattern) %}
    {{- return(adapter.dispatch('regex_test')(value, pattern)) -}}
{% endmacro %}
{% macro default__regex_test(value, pattern) -%}
    regexp_matches({{ value }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}

{#- All matches replaced. -#}
{% macro regex_replace(value, pattern, replacement) %}
    {{- return(adapter.dispatch('regex_replace')(value, pattern, replacement)) -}}
{% endmacro %}
{% macro default__regex_replace(value, pattern, replacement) -%}
    regexp_replace({{ value }}, '{{ pattern | replace("'", "''") }}', '{{ replacement }}', 'g')
{%- endmacro %}

{#- A group of the first match; empty text where there is none. -#}
{% macro regex_group(value, pattern, group) %}
    {{- return(adapter.dispatch('regex_group')(value, pattern, group)) -}}
{% endmacro %}
{% macro default__regex_group(value, pattern, group) -%}
    regexp_extract({{ value }}, '{{ pattern | replace("'", "''") }}', {{ group }})
{%- endmacro %}

{#- All matches, as a list. -#}
{% macro regex_all(value, pattern) %}
    {{- return(adapter.dispatch('regex_all')(value, pattern)) -}}
{% endmacro %}
{% macro default__regex_all(value, pattern) -%}
    regexp_extract_all({{ value }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}

{#- The texts between matches, as a list: always one longer than regex_all. -#}
{% macro regex_gaps(value, pattern) %}
    {{- return(adapter.dispatch('regex_gaps')(value, pattern)) -}}
{% endmacro %}
{% macro default__regex_gaps(value, pattern) -%}
    string_split_regex({{ value }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}

{#- HTML entities decoded once: named ones (macro named_entities), decimal and hexadecimal numbers.
    What is no entity stays. -#}
{% macro decode_entities(value) %}
    {{- return(adapter.dispatch('decode_entities')(value)) -}}
{% endmacro %}
{% macro default__decode_entities(value) -%}
    case
        when {{ value }} not like '%&%;%' then {{ value }}
        -- each part but the first followed an ampersand
        else string_split({{ value }}, '&')[1] || array_to_string(
            list_transform(
                string_split({{ value }}, '&')[2:],
                lambda part: case
                    when
                        regexp_matches(part, '^#([0-9]{1,6}|[xX][0-9a-fA-F]{1,5});')
                        and {{ entity_number('part') }} > 31
                        and {{ entity_number('part') }} not between 55296 and 57343
                        then chr({{ entity_number('part') }}) || substr(part, strpos(part, ';') + 1)
                    else coalesce(
                        case regexp_extract(part, '^([A-Za-z]{2,8});', 1)
                            {%- for name, character in named_entities() %}
                            when '{{ name }}' then '{{ character | replace("'", "''") }}'
                            {%- endfor %}
                        end || substr(part, strpos(part, ';') + 1),
                        '&' || part
                    )
                end
            ),
            ''
        )
    end
{%- endmacro %}

{% macro entity_number(part) -%}
    cast(
        regexp_replace(regexp_extract({{ part }}, '^#([^;]*);', 1), '^[xX]', '0x') as integer
    )
{%- endmacro %}

{#- The parts of a text between separators, which are plain text and no pattern. -#}
{% macro text_parts(value, separator) %}
    {{- return(adapter.dispatch('text_parts')(value, separator)) -}}
{% endmacro %}
{% macro default__text_parts(value, separator) -%}
    string_split({{ value }}, '{{ separator }}')
{%- endmacro %}

{#- A number as text with two decimals, which engines would write in ways of their own. -#}
{% macro number_text(value) %}{{ return(adapter.dispatch('number_text')(value)) }}{% endmacro %}
{% macro default__number_text(value) -%}
    cast(cast({{ value }} as decimal(18, 2)) as varchar)
{%- endmacro %}
