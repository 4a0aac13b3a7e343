{#- Cleaning and folding of text. Every rule reads what these yield. -#}

{#- One fold for all rules: lower case, no accents, plain spaces, dashes and quotes. Character by
    character, so that a position in the folded text holds in the original. -#}
{% macro fold(value) -%}
    {%- set ns = namespace(from='', to='') -%}
    {%- for pair in fold_pairs() -%}
        {%- if pair[0] | length != pair[1] | length -%}
            {{ exceptions.raise_compiler_error('fold_pairs: not of one length: ' ~ pair[0]) }}
        {%- endif -%}
        {%- set ns.from = ns.from ~ pair[0] -%}
        {%- set ns.to = ns.to ~ pair[1] -%}
    {%- endfor -%}
    translate(
        lower(translate({{ value }}, '{{ odd_capitals()[0] }}', '{{ odd_capitals()[1] }}')),
        '{{ ns.from }}',
        '{{ ns.to | replace("'", "''") }}'
    )
{%- endmacro %}

{#- Capitals whose small letter depends on the engine, and what they become: the Turkish I that would
    become two characters, the sigma that Java writes otherwise at the end of a word, and letters
    newer than some tables of Unicode. -#}
{% macro odd_capitals() %}
    {{- return([
        '\u0130\u03a3\u1c89\ua7cb\ua7cc\ua7da\ua7dc'
        ~ '\U00010d50\U00010d51\U00010d52\U00010d53\U00010d54\U00010d55\U00010d56\U00010d57'
        ~ '\U00010d58\U00010d59\U00010d5a\U00010d5b\U00010d5c\U00010d5d\U00010d5e\U00010d5f'
        ~ '\U00010d60\U00010d61\U00010d62\U00010d63\U00010d64\U00010d65',
        'I\u03c3\u1c8a\u0264\ua7cd\ua7db\u019b'
        ~ '\U00010d70\U00010d71\U00010d72\U00010d73\U00010d74\U00010d75\U00010d76\U00010d77'
        ~ '\U00010d78\U00010d79\U00010d7a\U00010d7b\U00010d7c\U00010d7d\U00010d7e\U00010d7f'
        ~ '\U00010d80\U00010d81\U00010d82\U00010d83\U00010d84\U00010d85',
    ]) -}}
{% endmacro %}

{#- The same for names and labels: plain ASCII, which is most of them, takes a short way (folding a
    short text costs 13 us by translate, 1 us by lower). -#}
{% macro fold_name(value) -%}
    case
        when {{ regex_test(value, '^[ -_a-~]*$') }} then lower({{ value }})
        else {{ fold(value) }}
    end
{%- endmacro %}

{#- Characters and what they are folded to, in pairs of equal length. -#}
{% macro fold_pairs() %}
    {{- return([
        [
            'àáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřś',
            'aaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrs',
        ],
        [
            'ŝşšţťũūŭůűųŵŷźżžſơưǎǐǒǔǖǘǚǜǟǡǧǩǫǭǰǵǹǻȁȃȅȇȉȋȍȏȑȓȕȗșțȟȧȩȫȭȯȱȳḁḃḅḇḉ',
            'sssttuuuuuuwyzzzsouaiouuuuuaagkoojgnaaaeeiioorruusthaeooooyabbbc',
        ],
        [
            'ḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉ',
            'dddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvwwwww',
        ],
        [
            'ẋẍẏẑẓẕẖẗẘẙẛạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹøđłħıßæœ',
            'xxyzzzhtwysaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyyodlhisao',
        ],
        [
            'ŧðþ',
            'tdt',
        ],
        [
            '\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a',
            ' ' * 13,
        ],
        ['\u2028\u2029\u202f\u205f\u3000\u200b\ufeff\u000d\u0009\u000b\u000c', ' ' * 11],
        ['\u00bf', ' '],
        ['\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00ad', '-' * 8],
        ['\u2018\u2019\u201a\u2032\u00b4\u0060', "'" * 6],
        ['\u201c\u201d\u201e\u00ab\u00bb', '"' * 5],
    ]) -}}
{% endmacro %}

{#- HTML without its tags: those of a block become line ends, all others go. -#}
{% macro strip_tags(value) -%}
    {%- set blocks = 'br|p|div|li|ul|ol|h[1-6]|tr|td|th|table|section|article|header|footer|hr|dd|dt' -%}
    {{ regex_replace(
        regex_replace(value, '</?(?:' ~ blocks ~ ')(?:[ /][^<>]*)?>', '\n'),
        '<!--[^>]*-->|</?[A-Za-z][^<>]*>',
        ''
    ) }}
{%- endmacro %}

{#- No two spaces in a row, no space beside a line end, no two line ends in a row. -#}
{% macro collapse_spaces(value) -%}
    {%- set spaces = ' \u00a0\u2007\u200b\ufeff\u0009\u000b\u000c\u000d' -%}
    {{ trim_characters(
        regex_replace(
            regex_replace(value, '[' ~ spaces ~ ']+', ' '), ' ?\n[ \n]*', '\n'
        ),
        "' ' || chr(10)"
    ) }}
{%- endmacro %}

{#- The named entities of Western European text. -#}
{% macro named_entities() %}
    {{- return([
        ['nbsp', ' '], ['ensp', ' '], ['emsp', ' '], ['thinsp', ' '], ['zwnj', ''], ['shy', ''],
        ['lt', '<'], ['gt', '>'], ['quot', '"'], ['apos', "'"],
        ['rsquo', '\u2019'], ['lsquo', '\u2018'], ['rdquo', '\u201d'], ['ldquo', '\u201c'],
        ['ndash', '\u2013'], ['mdash', '\u2014'], ['minus', '\u2212'], ['hellip', '\u2026'],
        ['bull', '\u2022'], ['middot', '\u00b7'], ['reg', '\u00ae'], ['trade', '\u2122'],
        ['copy', '\u00a9'], ['euro', '\u20ac'], ['pound', '\u00a3'], ['yen', '\u00a5'],
        ['eacute', '\u00e9'], ['egrave', '\u00e8'], ['ecirc', '\u00ea'], ['euml', '\u00eb'],
        ['agrave', '\u00e0'], ['aacute', '\u00e1'], ['acirc', '\u00e2'], ['atilde', '\u00e3'],
        ['auml', '\u00e4'], ['aring', '\u00e5'], ['aelig', '\u00e6'], ['ccedil', '\u00e7'],
        ['iacute', '\u00ed'], ['icirc', '\u00ee'], ['iuml', '\u00ef'], ['ntilde', '\u00f1'],
        ['oacute', '\u00f3'], ['ocirc', '\u00f4'], ['otilde', '\u00f5'], ['ouml', '\u00f6'],
        ['oslash', '\u00f8'], ['uacute', '\u00fa'], ['ugrave', '\u00f9'], ['ucirc', '\u00fb'],
        ['uuml', '\u00fc'], ['szlig', '\u00df'], ['Eacute', '\u00c9'], ['Auml', '\u00c4'],
        ['Aring', '\u00c5'], ['Ouml', '\u00d6'], ['Oslash', '\u00d8'], ['Uuml', '\u00dc'],
        ['amp', '&'],
    ]) -}}
{% endmacro %}

{#- Folded text as words with one space between, for matching terms at token boundaries. Plus signs
    and ampersands stay: they link words. -#}
{% macro spaced_words(value) -%}
    {{ trim_spaces(regex_replace(value, '[^a-z0-9+&]+', ' ')) }}
{%- endmacro %}

{#- A text from outside as a label: no angle brackets, which a page could take for markup. -#}
{% macro plain_label(value) -%}
    {{ trim_spaces(regex_replace(value, '[<>]', '')) }}
{%- endmacro %}

{#- Text from outside that is shown as an example: no markup, no line ends, no leading character that
    a spreadsheet takes for a formula. -#}
{% macro harmless_text(value) -%}
    {{ regex_replace(
        regex_replace(value, '[<>\u0001-\u001f]+', ' '), "^[=+@ \u0009-]+", ''
    ) }}
{%- endmacro %}

{#- A written value as one of our codes: folded, with underscores between the words. -#}
{% macro code_of(value) -%}
    {{ regex_replace(trim_spaces(fold_name(value)), '[ -]+', '_') }}
{%- endmacro %}

{#- A code of ASCII letters in capitals. -#}
{% macro upper_code(value) -%}
    upper({{ value }})
{%- endmacro %}
