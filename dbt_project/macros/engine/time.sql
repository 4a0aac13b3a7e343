{#- Times: UTC timestamps without zone in every model. -#}

{#- A timestamptz as a UTC timestamp. -#}
{% macro utc(value) %}{{ return(adapter.dispatch('utc')(value)) }}{% endmacro %}
{% macro default__utc(value) -%}
    {{ value }} at time zone 'UTC'
{%- endmacro %}
{% macro spark__utc(value) -%}
    {{ value }}
{%- endmacro %}

{#- An ISO 8601 text (date, or date and time, offset or Z or none = UTC) as a UTC timestamp, else
    null. The guard keeps a bare year, hour 24, offsets of a day and other shapes from being guessed
    at, and years before 1970 or after 2099, which no ad or pay is of, from stretching every calendar. -#}
{% macro iso_timestamp(value) %}{{ return(adapter.dispatch('iso_timestamp')(value)) }}{% endmacro %}
{% macro default__iso_timestamp(value) -%}
    case
        when
            regexp_matches(
                {{ value }},
                '^(19[7-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}'
                || '([T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-7]):?[0-5][0-9])?)?$'
            )
            then try_cast({{ value }} as timestamptz) at time zone 'UTC'
    end
{%- endmacro %}
{% macro spark__iso_timestamp(value) -%}
    case
        when
            {{ value }} rlike (
            '^(19[7-9][0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}'
            || '([T ]([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-](0[0-9]|1[0-7]):?[0-5][0-9])?)?\\z')
            then try_cast({{ value }} as timestamp)
    end
{%- endmacro %}

{#- Seconds or milliseconds since 1970, as digits, as a UTC timestamp, else null; years after 2099 are
    no times. -#}
{% macro epoch_timestamp(value) %}{{ return(adapter.dispatch('epoch_timestamp')(value)) }}{% endmacro %}
{% macro default__epoch_timestamp(value) -%}
    case
        when regexp_matches({{ value }}, '^[1-3]?[0-9]{9}([.]0)?$')
            then make_timestamp(cast(string_split({{ value }}, '.')[1] as bigint) * 1000000)
        when regexp_matches({{ value }}, '^[1-3]?[0-9]{12}([.]0)?$')
            then make_timestamp(cast(string_split({{ value }}, '.')[1] as bigint) * 1000)
    end
{%- endmacro %}
{% macro spark__epoch_timestamp(value) -%}
    case
        when {{ value }} rlike '^[1-3]?[0-9]{9}([.]0)?\\z'
            then timestamp_seconds(cast(split_part({{ value }}, '.', 1) as bigint))
        when {{ value }} rlike '^[1-3]?[0-9]{12}([.]0)?\\z'
            then timestamp_millis(cast(split_part({{ value }}, '.', 1) as bigint))
    end
{%- endmacro %}

{#- A local ISO 8601 time without an offset (one with an offset is taken at its word), as UTC. Of the
    two that an hour of autumn stands for it is the earlier one. -#}
{% macro local_timestamp(value, zone) %}
    {{- return(adapter.dispatch('local_timestamp')(value, zone)) -}}
{% endmacro %}
{% macro default__local_timestamp(value, zone) -%}
    {%- set local = default__iso_timestamp(value) -%}
    {%- set later -%}
    (({{ local }}) at time zone '{{ zone }}' at time zone 'UTC')
    {%- endset -%}
    case
        when regexp_matches({{ value }}, '(Z|[+-][0-9]{2}:?[0-9]{2})$')
            then {{ default__iso_timestamp(value) | indent(12) }}
        when
            ({{ later | indent(12) }} - interval 1 hour) at time zone 'UTC' at time zone '{{ zone }}'
            = {{ local | indent(12) }}
            then {{ later | indent(12) }} - interval 1 hour
        else {{ later | indent(8) }}
    end
{%- endmacro %}
{% macro spark__local_timestamp(value, zone) -%}
    case
        when {{ value }} rlike '(Z|[+-][0-9]{2}:?[0-9]{2})\\z'
            then {{ spark__iso_timestamp(value) | indent(12) }}
        else to_utc_timestamp({{ spark__iso_timestamp(value) | indent(8) }}, '{{ zone }}')
    end
{%- endmacro %}

{#- The date some whole months after (or before) a date. -#}
{% macro add_months(value, months) %}
    {{- return(adapter.dispatch('add_months')(value, months)) -}}
{% endmacro %}
{% macro default__add_months(value, months) -%}
    cast({{ value }} + interval ({{ months }}) month as date)
{%- endmacro %}
{% macro spark__add_months(value, months) -%}
    add_months({{ value }}, {{ months }})
{%- endmacro %}

{% macro add_days(value, days) %}
    {{- return(adapter.dispatch('add_days')(value, days)) -}}
{% endmacro %}
{% macro default__add_days(value, days) -%}
    cast({{ value }} + interval ({{ days }}) day as date)
{%- endmacro %}
{% macro spark__add_days(value, days) -%}
    date_add({{ value }}, {{ days }})
{%- endmacro %}

{% macro first_of_month(value) -%}
    cast(date_trunc('month', {{ value }}) as date)
{%- endmacro %}

{#- A list of all dates from one to another, both included; empty where one is null. -#}
{% macro date_list(first, last) %}
    {{- return(adapter.dispatch('date_list')(first, last)) -}}
{% endmacro %}
{% macro default__date_list(first, last) -%}
    case
        when {{ first }} <= {{ last }}
            then cast(generate_series({{ first }}, {{ last }}, interval 1 day) as date[])
        else cast([] as date[])
    end
{%- endmacro %}
{% macro spark__date_list(first, last) -%}
    case
        when {{ first }} <= {{ last }} then sequence({{ first }}, {{ last }}, interval 1 day)
        else cast(array() as array<date>)
    end
{%- endmacro %}

{#- A UTC timestamp as text in one format. -#}
{% macro timestamp_text(value) %}
    {{- return(adapter.dispatch('timestamp_text')(value)) -}}
{% endmacro %}
{% macro default__timestamp_text(value) -%}
    strftime({{ value }}, '%Y-%m-%dT%H:%M:%SZ')
{%- endmacro %}
{% macro spark__timestamp_text(value) -%}
    date_format({{ value }}, "yyyy-MM-dd'T'HH:mm:ss'Z'")
{%- endmacro %}

{#- A date as text by a strftime pattern of %Y, %m, %d, %B, %A only. -#}
{% macro date_text(value, pattern) %}
    {{- return(adapter.dispatch('date_text')(value, pattern)) -}}
{% endmacro %}
{% macro default__date_text(value, pattern) -%}
    strftime({{ value }}, '{{ pattern }}')
{%- endmacro %}
{% macro spark__date_text(value, pattern) -%}
    date_format(
        {{ value }},
        '{{ pattern | replace("%Y", "yyyy") | replace("%m", "MM") | replace("%d", "dd")
            | replace("%B", "MMMM") | replace("%A", "EEEE") }}'
    )
{%- endmacro %}

{#- The day of the week, 1 is Monday. -#}
{% macro iso_weekday(value) %}{{ return(adapter.dispatch('iso_weekday')(value)) }}{% endmacro %}
{% macro default__iso_weekday(value) -%}
    cast(isodow({{ value }}) as bigint)
{%- endmacro %}
{% macro spark__iso_weekday(value) -%}
    cast(weekday({{ value }}) + 1 as bigint)
{%- endmacro %}

{#- Whole hours from one timestamp to another. -#}
{% macro hours_between(first, last) %}
    {{- return(adapter.dispatch('hours_between')(first, last)) -}}
{% endmacro %}
{% macro default__hours_between(first, last) -%}
    cast(date_diff('hour', {{ first }}, {{ last }}) as bigint)
{%- endmacro %}
{% macro spark__hours_between(first, last) -%}
    cast(
        unix_timestamp(date_trunc('hour', {{ last }})) - unix_timestamp(date_trunc('hour', {{ first }}))
        as bigint
    ) div 3600
{%- endmacro %}
