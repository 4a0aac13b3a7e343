{%- set fields = [
    ['title', '$.text', ['text']],
    ['description', '$.description', ['text']],
    ['lists', '$.lists', ['list']],
    ['additional', '$.additional', ['text']],
    ['url', '$.hostedUrl', ['text']],
    ['location', '$.categories.location', ['text']],
    ['locations', '$.categories.allLocations', ['list']],
    ['country', '$.country', ['text']],
    ['commitment', '$.categories.commitment', ['text']],
    ['department', '$.categories.department', ['text']],
    ['team', '$.categories.team', ['text']],
    ['level', '$.categories.level', ['text']],
    ['workplace', '$.workplaceType', ['text']],
    ['pay_min', '$.salaryRange.min', ['number']],
    ['pay_max', '$.salaryRange.max', ['number']],
    ['currency', '$.salaryRange.currency', ['text']],
    ['interval', '$.salaryRange.interval', ['text']],
    ['pay_text', '$.salaryDescriptionPlain', ['text']],
    ['created', '$.createdAt', ['number']],
] -%}
{%- set section -%}
concat_ws('', '<h3>', {{ json_text('item', "'$.text'") }}, '</h3>', {{ json_text('item', "'$.content'") }})
{%- endset -%}
{{ stage_postings('lever', source('raw', 'lever__jobs'), fields, {
    'company_id': json_text('request', "'$.board'"),
    'title_raw': payload_field(fields, 'title'),
    'description_raw': "concat_ws('<br>', " ~ payload_field(fields, 'description') ~ ", "
        ~ json_list_map(payload_field(fields, 'lists'), section) ~ ", "
        ~ payload_field(fields, 'additional') ~ ")",
    'company_name_raw': json_text('request', "'$.board'"),
    'url_raw': payload_field(fields, 'url'),
    'contract_raw': payload_field(fields, 'commitment'),
    'workplace_raw': payload_field(fields, 'workplace'),
    'country_raw': payload_field(fields, 'country'),
    'locations_raw': "coalesce(nullif(" ~ payload_list(fields, 'locations') ~ ", '[]'), "
        ~ several_places(payload_field(fields, 'location')) ~ ")",
    'categories_raw': json_list([
        json_quote(payload_field(fields, 'team')), json_quote(payload_field(fields, 'department')),
    ]),
    'levels_raw': json_list_of_one(payload_field(fields, 'level')),
    'pay_raw': json_list([
        pay_item({
            'origin': "'advertised'",
            'text': amounts_text(payload_field(fields, 'pay_min'), payload_field(fields, 'pay_max')),
            'min': payload_field(fields, 'pay_min'),
            'max': payload_field(fields, 'pay_max'),
            'currency': payload_field(fields, 'currency'),
            'period': period_of_code(payload_field(fields, 'interval')),
        }),
        pay_item({'origin': "'advertised'", 'text': payload_field(fields, 'pay_text')}),
    ]),
    'posted_at': epoch_timestamp(payload_field(fields, 'created')),
}, others=['request']) }}
