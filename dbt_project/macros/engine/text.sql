{#- Text and regular expressions. Patterns are ASCII, without \b, (?i) or backslashes, and are
    applied to folded text. -#}

{% macro regex_test(value, pattern) %}
    {{- return(adapter.dispatch('regex_test')(value, pattern)) -}}
{% endmacro %}
{% macro default__regex_test(value, pattern) -%}
    regexp_matches({{ value }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}
{#- A pattern as Spark's string literal. Java's $ also stands before a last line end, \z does not. -#}
{% macro spark_pattern(pattern) -%}
    {%- set ns = namespace(written='', in_class=false) -%}
    {%- for character in pattern -%}
        {%- if character == '[' -%}{%- set ns.in_class = true -%}{%- endif -%}
        {%- if character == ']' -%}{%- set ns.in_class = false -%}{%- endif -%}
        {%- if character == '$' and not ns.in_class -%}
            {%- set ns.written = ns.written ~ '\\\\z' -%}
        {%- elif character == '\\' or character == "'" -%}
            {%- set ns.written = ns.written ~ '\\' ~ character -%}
        {%- else -%}
            {%- set ns.written = ns.written ~ character -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(ns.written) -}}
{%- endmacro %}
{% macro spark__regex_test(value, pattern) -%}
    {{ value }} rlike '{{ spark_pattern(pattern) }}'
{%- endmacro %}

{#- Any text as a literal. Spark takes a backslash for an escape. -#}
{% macro text_literal(value) %}{{ return(adapter.dispatch('text_literal')(value)) }}{% endmacro %}
{% macro default__text_literal(value) -%}
    '{{ value | replace("'", "''") }}'
{%- endmacro %}
{% macro spark__text_literal(value) -%}
    '{{ value | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}

{#- All matches replaced. -#}
{% macro regex_replace(value, pattern, replacement) %}
    {{- return(adapter.dispatch('regex_replace')(value, pattern, replacement)) -}}
{% endmacro %}
{% macro default__regex_replace(value, pattern, replacement) -%}
    regexp_replace({{ value }}, '{{ pattern | replace("'", "''") }}', '{{ replacement }}', 'g')
{%- endmacro %}
{% macro spark__regex_replace(value, pattern, replacement) -%}
    regexp_replace({{ value }}, '{{ spark_pattern(pattern) }}', '{{ replacement }}')
{%- endmacro %}

{#- All matches replaced by what their first group took and a word behind it. -#}
{% macro regex_keep_group(value, pattern, word) %}
    {{- return(adapter.dispatch('regex_keep_group')(value, pattern, word)) -}}
{% endmacro %}
{% macro default__regex_keep_group(value, pattern, word) -%}
    regexp_replace({{ value }}, '{{ pattern | replace("'", "''") }}', '\1{{ word }}', 'g')
{%- endmacro %}
{% macro spark__regex_keep_group(value, pattern, word) -%}
    regexp_replace({{ value }}, '{{ spark_pattern(pattern) }}', '$1{{ word }}')
{%- endmacro %}

{#- A group of the first match; empty text where there is none. -#}
{% macro regex_group(value, pattern, group) %}
    {{- return(adapter.dispatch('regex_group')(value, pattern, group)) -}}
{% endmacro %}
{% macro default__regex_group(value, pattern, group) -%}
    regexp_extract({{ value }}, '{{ pattern | replace("'", "''") }}', {{ group }})
{%- endmacro %}
{% macro spark__regex_group(value, pattern, group) -%}
    coalesce(regexp_extract({{ value }}, '{{ spark_pattern(pattern) }}', {{ group }}), '')
{%- endmacro %}

{#- All matches, as a list. -#}
{% macro regex_all(value, pattern) %}
    {{- return(adapter.dispatch('regex_all')(value, pattern)) -}}
{% endmacro %}
{% macro default__regex_all(value, pattern) -%}
    regexp_extract_all({{ value }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}
{% macro spark__regex_all(value, pattern) -%}
    regexp_extract_all({{ value }}, '{{ spark_pattern(pattern) }}', 0)
{%- endmacro %}

{#- A text with each match between marks. The pattern has no anchors, matches within a line, and only
    in lines in which `needs` matches: an engine whose patterns are slow looks at no others. -#}
{% macro regex_mark(value, pattern, needs) %}
    {{- return(adapter.dispatch('regex_mark')(unmarked(value), pattern, needs)) -}}
{% endmacro %}
{% macro default__regex_mark(value, pattern, needs) -%}
    regexp_replace(
        {{ value }},
        '{{ pattern | replace("'", "''") }}',
        '{{ match_marks()[0] }}\0{{ match_marks()[1] }}',
        'g'
    )
{%- endmacro %}
{% macro spark__regex_mark(value, pattern, needs) -%}
    array_join(
        transform(
            split({{ value }}, '\n', -1),
            line -> case
                when line rlike '{{ spark_pattern(needs) }}'
                    then regexp_replace(
                        line,
                        '{{ spark_pattern(pattern) }}',
                        '{{ match_marks()[0] }}$0{{ match_marks()[1] }}'
                    )
                else line
            end
        ),
        '\n'
    )
{%- endmacro %}

{#- What stands before and after a match; in the text itself they become spaces. -#}
{% macro match_marks() %}{{ return(['⟦', '⟧']) }}{% endmacro %}
{% macro unmarked(value) -%}
    translate({{ value }}, '{{ match_marks() | join }}', '  ')
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
{#- Spark's chr is of a byte: a number's character is decoded from four bytes of UTF-32. -#}
{% macro spark__decode_entities(value) -%}
    case
        when {{ value }} not like '%&%;%' then {{ value }}
        else array_join(
            transform(
                split({{ value }}, '&', -1),
                (part, part_no) -> case
                    when part_no = 0 then part
                    when
                        part rlike '^#([0-9]{1,6}|[xX][0-9a-fA-F]{1,5});'
                        and {{ spark_entity_number('part') }} > 31
                        and {{ spark_entity_number('part') }} not between 55296 and 57343
                        then
                            decode(
                                unhex(lpad(hex({{ spark_entity_number('part') }}), 8, '0')),
                                'UTF-32'
                            ) || substr(part, locate(';', part) + 1)
                    else coalesce(
                        case regexp_extract(part, '^([A-Za-z]{2,8});', 1)
                            {%- for name, character in named_entities() %}
                            when '{{ name }}' then '{{ character | replace("'", "\\'") }}'
                            {%- endfor %}
                        end || substr(part, locate(';', part) + 1),
                        '&' || part
                    )
                end
            ),
            ''
        )
    end
{%- endmacro %}
{% macro spark_entity_number(part) -%}
    case
        when {{ part }} rlike '^#[xX]'
            then cast(conv(regexp_extract({{ part }}, '^#[xX]([^;]*);', 1), 16, 10) as int)
        else cast(regexp_extract({{ part }}, '^#([^;]*);', 1) as int)
    end
{%- endmacro %}

{% macro entity_number(part) -%}
    cast(
        regexp_replace(regexp_extract({{ part }}, '^#([^;]*);', 1), '^[xX]', '0x') as integer
    )
{%- endmacro %}

{#- A text without any of these characters at its ends; trim of one argument takes off what the
    engine thinks is a space. -#}
{% macro trim_characters(value, characters) -%}
    trim(both {{ characters }} from {{ value }})
{%- endmacro %}

{% macro trim_spaces(value) -%}
    {{ trim_characters(value, "' '") }}
{%- endmacro %}

{#- The parts of a text between separators, which are plain text and no pattern. -#}
{% macro text_parts(value, separator) %}
    {{- return(adapter.dispatch('text_parts')(value, separator)) -}}
{% endmacro %}
{% macro default__text_parts(value, separator) -%}
    string_split({{ value }}, '{{ separator }}')
{%- endmacro %}
{% macro spark__text_parts(value, separator) -%}
    split({{ value }}, '\\Q{{ separator }}\\E', -1)
{%- endmacro %}

{#- A number as text with two decimals, which engines would round and write in ways of their own. -#}
{% macro number_text(value) %}{{ return(adapter.dispatch('number_text')(value)) }}{% endmacro %}
{% macro default__number_text(value) -%}
    cast(cast({{ round_half_up(value) }} as decimal(18, 2)) as varchar)
{%- endmacro %}
{% macro spark__number_text(value) -%}
    cast(cast({{ round_half_up(value) }} as decimal(18, 2)) as string)
{%- endmacro %}
