{#- What the job boards of employers have in common. -#}

{#- One field that names several places, "Berlin; Paris | Remote", as a JSON list. -#}
{% macro several_places(value) -%}
    {{ json_from_list(text_parts(regex_replace(value, ' *[;|\u2022] *', '|'), '|')) }}
{%- endmacro %}

{#- An amount in cents, as text, in whole units as text. -#}
{% macro whole_units(cents) -%}
    {{ number_text(text_to_number(cents) ~ ' / 100') }}
{%- endmacro %}

{#- A place in parts, as the text of a label: city, region, country. -#}
{% macro place_label(parts) -%}
    nullif(concat_ws(', ', {{ parts | join(', ') }}), '')
{%- endmacro %}

{#- What stands between the brackets of a JSON list. -#}
{% macro inner_list(list) -%}
    substr({{ list }}, 2, length({{ list }}) - 2)
{%- endmacro %}

{#- A field that holds a list of texts, or one text, as a JSON list. -#}
{% macro list_or_one(fields, name) -%}
    {%- set value = payload_field(fields, name) -%}
    case
        when {{ value }} like '[%' then {{ json_from_list(json_text_list(value, '$[*]')) | indent(12) }}
        else {{ json_list_of_one(value) | indent(8) }}
    end
{%- endmacro %}

{#- A category as the path to it, from the coarsest part; null where there is no part. -#}
{% macro category_path(parts) -%}
    nullif(concat_ws(' > ', {{ parts | join(', ') }}), '')
{%- endmacro %}

{#- The place labels of a posting; where there are none, its country. -#}
{% macro place_labels(postings) -%}
    case
        when {{ postings }}.locations_raw = '[]'
            then {{ json_text_list(json_list_of_one(postings ~ '.country_raw'), '$[*]') }}
        else {{ json_text_list(postings ~ '.locations_raw', '$[*]') }}
    end
{%- endmacro %}
