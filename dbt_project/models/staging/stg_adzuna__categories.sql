{{ stage_records('adzuna', source('raw', 'adzuna__categories'), [
    ['tag', '$.tag', ['text']],
    ['label', '$.label', ['text']],
], {
    'country_raw': json_text('request', "'$.country'"),
    'tag_raw': 'tag',
    'label_raw': 'label',
}, others=['request']) }}
