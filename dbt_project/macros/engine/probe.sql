{#- Cases for engine_probe: [macro, its SQL], over the columns json, text and nothing of a row that
    probe_inputs yields. Inputs are those on which engines tend to differ. -#}
{% macro probe_inputs() %}
    {%- set json = '{"a":"é\\u0041","b":1.0,"c":12345678.5,"d":1e22,"e":null,"f":[{"name":"x"},{"name":null},{"n":1},{"name":"y\\"z"}],"g":{"k":[1,2]},"h":true,"i":-0.0001,"j":12345678901234567890,"k":["p","q\\\\"]}' -%}
    {%- set text = "Straße\n40.000 EUR – 50k€\u00a0p.a. \U0001F600 I'm [x](y)\n" -%}
    select
        {{ text_literal(json) }} as json,
        {{ text_literal(text) }} as text,
        cast(null as string) as nothing
{% endmacro %}

{% macro probe_cases() %}
    {%- set time = "cast('2024-02-29 23:59:59.5' as timestamp)" -%}
    {%- set day = "cast('2024-02-29' as date)" -%}
    {%- set cases = [] -%}
    {%- for path in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'z', 'g.k'] -%}
        {%- do cases.append(['json_text', json_text('json', "'$." ~ path ~ "'")]) -%}
        {%- do cases.append(['json_texts', list_at(json_texts('json', ['$.' ~ path, '$.a']), 1)]) -%}
        {%- do cases.append(['json_kinds', list_at(json_kinds('json', ['$.' ~ path, '$.a']), 1)]) -%}
    {%- endfor -%}
    {%- for value in [
        'json', "'[1'", "''", "'null'", "'\"a\"'", "'{\"a\":1}x'", "'45 k'", "'1,2'", "' {} '", 'nothing',
    ] -%}
        {%- do cases.append(['valid_json', valid_json(value)]) -%}
    {%- endfor -%}
    {%- do cases.append(['json_text_list', json_from_list(json_text_list(json_text('json', "'$.f'"), '$[*].name'))]) -%}
    {%- do cases.append(['json_text_list', json_from_list(json_text_list(json_text('json', "'$.k'"), '$[*]'))]) -%}
    {%- do cases.append(['json_text_list', json_from_list(json_text_list(json_text('json', "'$.z'"), '$[*]'))]) -%}
    {%- do cases.append(['json_text_list', json_from_list(json_text_list("'{}'", '$[*].name'))]) -%}
    {%- do cases.append(['json_text_list', json_from_list(json_text_list(text_literal('["{\\"name\\":\\"x\\"}",{"name":{"name":1}},[{"name":2}],3,null]'), '$[*].name'))]) -%}
    {%- for number in ['1e7', '1.5e16', '1e20', '1e21', '-2.5e-6', '1e-7', '0.001', '0.0001', '-0.0'] -%}
        {%- do cases.append(['json_text', json_text("'{\"a\":" ~ number ~ "}'", "'$.a'")]) -%}
    {%- endfor -%}
    {%- for value in ["'a\"b'", text_literal('back\\slash'), "'line\nend'", "'é😀<a>/'", "''", 'nothing'] -%}
        {%- do cases.append(['json_quote', json_quote(value)]) -%}
        {%- do cases.append(['json_list_of_one', json_list_of_one(value)]) -%}
    {%- endfor -%}
    {%- do cases.append(['json_items', list_at(json_items(json_text('json', "'$.f'")), 4)]) -%}
    {%- do cases.append(['json_items', number_text(list_length(json_items(json_text('json', "'$.z'"))))]) -%}
    {%- for position in ['0', '1', '2', '3', '-1'] -%}
        {%- do cases.append(['list_at', list_at(text_parts("'a,b'", ','), position)]) -%}
    {%- endfor -%}
    {%- for value in ["'a,b,'", "''", "'a.b'", 'nothing'] -%}
        {%- do cases.append(['list_length', number_text(list_length(text_parts(value, ',')))]) -%}
        {%- do cases.append(['text_parts', json_from_list(text_parts(value, '.'))]) -%}
    {%- endfor -%}
    {%- for pattern in ['[0-9]+[.][0-9]{3}', '^stra', '[)]\n$', '[)]$', "I'm", '[^ -~]', '(?:k|€)', '[$]'] -%}
        {%- do cases.append(['regex_test', 'cast(' ~ regex_test('text', pattern) ~ ' as string)']) -%}
        {%- do cases.append(['regex_replace', regex_replace('text', pattern, '_')]) -%}
        {%- do cases.append(['regex_group', regex_group('text', '(' ~ pattern ~ ')(.?)', 2)]) -%}
        {%- do cases.append(['regex_all', json_from_list(regex_all('text', pattern))]) -%}
    {%- endfor -%}
    {%- for pattern in ['[0-9]+[.][0-9]{3}', "I'm", '(?:k|€)', '[^ -~\n]', '[$]'] -%}
        {%- do cases.append(['regex_mark', regex_mark('text', pattern, '[^ ]')]) -%}
        {%- do cases.append(['regex_mark', regex_mark("'⟦1⟧ a\n' || text || '⟧⟦2'", pattern, '[^ ]')]) -%}
    {%- endfor -%}
    {%- do cases.append(['regex_mark', regex_mark('nothing', 'a', 'a')]) -%}
    {%- for value in ["'a &amp; b'", "'&#233;&#x1F600;&#8364;'", "'&#0;&#xD800;&#31;&bogus;&;'", "'AT&T; x'", "'&lt;p&gt;&nbsp;&quot;&apos;'", "'&&amp;amp;'", 'nothing'] -%}
        {%- do cases.append(['decode_entities', decode_entities(value)]) -%}
    {%- endfor -%}
    {%- for value in ["'  a b  '", "' '", "'\u00a0x\u2003'", "'\n x\n'"] -%}
        {%- do cases.append(['trim_spaces', json_quote(trim_spaces(value))]) -%}
        {%- do cases.append(['trim_characters', json_quote(trim_characters(value, "' ' || chr(10)"))]) -%}
    {%- endfor -%}
    {%- for value in ['0', '1234.5', '1.005', '-0.004', '12345678901.239', "cast(null as double)"] -%}
        {%- do cases.append(['number_text', number_text(value)]) -%}
        {%- do cases.append(['round_half_up', number_text(round_half_up('cast(' ~ value ~ ' as double)'))]) -%}
    {%- endfor -%}
    {%- for value in [
        '2024-02-29', '2024-02-30', '2024', '2024-02-29T12:00:00Z', '2024-02-29 12:00:00',
        '2024-02-29T12:00:00.123456789Z', '2024-02-29T12:00+02:00', '2024-02-29T12:00:00+0530',
        '2024-02-29T24:00:00Z', '2024-02-29T23:59:60Z', '2024-2-9', 'today', '', '0001-01-01',
        '1900-01-01T00:00:00+00:19', '2024-02-29T12:00:00-12:00', '2024-02-29T12:00:00+14:00',
        '2024-02-29T12:00:00+18:01', '2024-02-29T12:00:00+01:60', '2024-02-29T12:00:00+99:00',
        '2024-02-29T12:60:00Z', '2024-02-29T12:00:00\n',
    ] -%}
        {%- do cases.append(['iso_timestamp', timestamp_text(iso_timestamp("'" ~ value ~ "'"))]) -%}
    {%- endfor -%}
    {%- for value in ['12', '12.5', '13.5', '0.4', '999999999999', '1e3', '', '12\n'] -%}
        {%- do cases.append(['text_to_count', number_text(text_to_count("'" ~ value ~ "'"))]) -%}
    {%- endfor -%}
    {%- for number in ['-25', '-1', '0', '1', '12'] -%}
        {%- do cases.append(['add_months', date_text(add_months(day, number), '%Y-%m-%d')]) -%}
        {%- do cases.append(['add_days', date_text(add_days(day, number), '%Y-%m-%d')]) -%}
        {%- do cases.append(['iso_weekday', number_text(iso_weekday(add_days(day, number)))]) -%}
        {%- do cases.append(['date_list', number_text(list_length(date_list(day, add_days(day, number))))]) -%}
    {%- endfor -%}
    {%- do cases.append(['first_of_month', date_text(first_of_month(time), '%Y-%m-%d')]) -%}
    {%- do cases.append(['timestamp_text', timestamp_text(time)]) -%}
    {%- do cases.append(['timestamp_text', timestamp_text('cast(null as timestamp)')]) -%}
    {%- do cases.append(['date_text', date_text(day, '%B %A %d %m %Y')]) -%}
    {%- for later in ["2024-03-01 00:00:00", "2024-02-29 23:00:00", "2024-02-28 01:30:00"] -%}
        {%- do cases.append(['hours_between', number_text(hours_between(time, "cast('" ~ later ~ "' as timestamp)"))]) -%}
    {%- endfor -%}
    {%- for value in ["'\u1c89\ua7cb\ua7dc\U00010d50'", "'ÀÉÎÕÜ ÇŁŻ'", "'İSTANBUL ΟΔΟΣ'", "'a\u00a0b\u202fc\u2009d–e’f'", "'ẞß ŒÆ'", "'😀É'"] -%}
        {%- do cases.append(['fold', fold(value)]) -%}
        {%- do cases.append(['fold_name', fold_name(value)]) -%}
    {%- endfor -%}
    {%- do cases.append(['collapse_spaces', json_quote(collapse_spaces('text'))]) -%}
    {%- do cases.append(['strip_tags', json_quote(strip_tags("'<p class=\"a\">x<br/>y</p> 1 < 2 <b>z</b><!-- c -->'"))]) -%}
    {%- do cases.append(['entity_key', entity_key(["'é'", 'cast(null as string)', '1'])]) -%}
    {%- do cases.append(['json_list_map', json_list_map(json_text('json', "'$.f'"), json_quote(json_text('item', "'$.name'")))]) -%}
    {%- do cases.append(['json_list_map', json_list_map('nothing', json_quote('item'))]) -%}
    {%- do cases.append(['json_list_map', json_list_map(json_text('json', "'$.k'"), json_quote('item'), texts=true)]) -%}
    {%- do cases.append(['json_list_map', json_list_map(text_literal('[{"t":"a","l":[{"n":"x"},{"n":2}]},{"t":"b","l":null},{"t":"c"}]'), json_list_map(json_text('part', "'$.l'"), json_quote(json_text('part', "'$.t'") ~ ' || ' ~ json_text('item', "'$.n'"))), item='part')]) -%}
    {%- do cases.append(['json_object_of', json_object_of({'a': "'x \"y\" \u00e9/'", 'b': 'nothing', 'c': 'json'})]) -%}
    {%- do cases.append(['json_object_of', json_object_of({'a': 'nothing', 'b': 'cast(null as string)'})]) -%}
    {%- for value in ['json', "'[1]'", "'\"a\"'", "'{}'", 'nothing'] -%}
        {%- do cases.append(['json_names', json_from_list(json_names(value))]) -%}
    {%- endfor -%}
    {%- for value in ["'a1b22'", "'1'", "''", 'nothing', "'tel. 12 \u20ac'"] -%}
        {%- do cases.append(['regex_keep_group', regex_keep_group(value, '(^|[^0-9])[0-9]+', '[n]')]) -%}
    {%- endfor -%}
    {%- for value in ["'1772446515'", "'1772446515123'", "'1772446515.0'", "'999'", "'9772446515'", "'17724465150000'", 'nothing', "'x'"] -%}
        {%- do cases.append(['epoch_timestamp', timestamp_text(epoch_timestamp(value))]) -%}
    {%- endfor -%}
    {%- for value in ["'2026-03-02T10:00:00'", "'2026-07-02T10:00:00.123'", "'2026-07-02'", "'2026-03-02T10:00:00Z'", "'2026-03-02T10:00:00+02:00'", "'2026-03-29T02:30:00'", "'2026-10-25T02:30:00'", "'soon'", 'nothing'] -%}
        {%- do cases.append(['local_timestamp', timestamp_text(local_timestamp(value, 'Europe/Stockholm'))]) -%}
    {%- endfor -%}
    {%- for value in ["'Tel. 01 23 45 67 89, 35 000 - 42 000 \u20ac, a.b@example.org'", "'+49 (0)30 1234567'", 'nothing'] -%}
        {%- do cases.append(['mask_contacts', mask_contacts(value)]) -%}
    {%- endfor -%}
    {{- return(cases) -}}
{% endmacro %}

{#- The macro of each case, as text literals. -#}
{% macro probe_names(cases) %}
    {%- set names = [] -%}
    {%- for case in cases -%}
        {%- do names.append(text_literal(case[0])) -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}
