{%- set fields = [
    ['title', '$.title', ['text']],
    ['content', '$.content', ['text']],
    ['company', '$.company_name', ['text']],
    ['url', '$.absolute_url', ['text']],
    ['location', '$.location.name', ['text']],
    ['offices', '$.offices', ['list']],
    ['departments', '$.departments', ['list']],
    ['language', '$.language', ['text']],
    ['metadata', '$.metadata', ['list']],
    ['ranges', '$.pay_input_ranges', ['list']],
    ['first_published', '$.first_published', ['time']],
    ['updated', '$.updated_at', ['time']],
] -%}
{%- set range_title = json_text('item', "'$.title'") -%}
{%- set words = spaced_words(fold_name(range_title)) -%}
{{ stage_postings('greenhouse', source('raw', 'greenhouse__jobs'), fields, {
    'company_id': json_text('request', "'$.board'"),
    'title_raw': payload_field(fields, 'title'),
    'description_raw': payload_field(fields, 'content'),
    'company_name_raw': "coalesce(" ~ payload_field(fields, 'company') ~ ", "
        ~ json_text('request', "'$.board'") ~ ")",
    'url_raw': payload_field(fields, 'url'),
    'language_raw': payload_field(fields, 'language'),
    'locations_raw': several_places("coalesce(" ~ payload_field(fields, 'location') ~ ", "
        ~ list_at(json_text_list(payload_field(fields, 'offices'), '$[*].location'), 1) ~ ", "
        ~ list_at(json_text_list(payload_field(fields, 'offices'), '$[*].name'), 1) ~ ")"),
    'categories_raw': payload_names(fields, 'departments'),
    'labels_raw': payload_list(fields, 'metadata', '$[*].value'),
    'pay_raw': json_list([json_list_map(payload_field(fields, 'ranges'), pay_item({
        'origin': "'advertised'",
        'text': amounts_text(
            whole_units(json_text('item', "'$.min_cents'")),
            whole_units(json_text('item', "'$.max_cents'"))
        ),
        'min': whole_units(json_text('item', "'$.min_cents'")),
        'max': whole_units(json_text('item', "'$.max_cents'")),
        'currency': json_text('item', "'$.currency_type'"),
        'period': "case when ' ' || " ~ words ~ " || ' ' like '% hour%' then 'hour'"
            ~ " when ' ' || " ~ words ~ " || ' ' like '% annual%' then 'year' end",
        'scope': range_title,
    }))]),
    'posted_at': iso_timestamp(payload_field(fields, 'first_published')),
    'updated_at': iso_timestamp(payload_field(fields, 'updated')),
}, others=['request']) }}
