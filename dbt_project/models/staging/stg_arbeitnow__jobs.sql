{%- set fields = [
    ['title', '$.title', ['text']],
    ['description', '$.description', ['text']],
    ['company', '$.company_name', ['text']],
    ['url', '$.url', ['text']],
    ['location', '$.location', ['text']],
    ['is_remote', '$.remote', ['boolean']],
    ['tags', '$.tags', ['list']],
    ['job_types', '$.job_types', ['list']],
    ['created', '$.created_at', ['number']],
] -%}
{{ stage_postings('arbeitnow', source('raw', 'arbeitnow__jobs'), fields, {
    'title_raw': payload_field(fields, 'title'),
    'description_raw': payload_field(fields, 'description'),
    'company_name_raw': decode_entities(payload_field(fields, 'company')),
    'url_raw': payload_field(fields, 'url'),
    'workplace_raw': if_true(payload_field(fields, 'is_remote'), "'remote'"),
    'locations_raw': json_list_of_one("nullif(" ~ payload_field(fields, 'location') ~ ", '')"),
    'categories_raw': payload_list(fields, 'tags'),
    'levels_raw': payload_list(fields, 'job_types'),
    'labels_raw': payload_list(fields, 'job_types'),
    'posted_at': epoch_timestamp(payload_field(fields, 'created')),
}) }}
