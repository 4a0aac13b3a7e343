{%- set seeds = [
    ('pay_words', 'term'), ('pay_period_words', 'term'), ('pay_bound_words', 'term'),
    ('title_words', 'term'), ('workplace_labels', 'label_folded'),
    ('country_aliases', 'alias_folded'), ('category_occupations', 'category_folded'),
    ('level_words', 'level_folded'),
] -%}
-- Words of seeds are compared with folded text: a word with a capital or an accent never matches.
{% for seed, column in seeds %}
select
    '{{ seed }}' as seed,
    {{ column }} as term
from {{ ref(seed) }}
where {{ column }} != {{ fold_name(trim_spaces(column)) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}
