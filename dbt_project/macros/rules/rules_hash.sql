{#- The hash of a rule model: md5 of its code, of every macro of ours that it uses, of the checksums
    of its seeds, and of the hash of each rule model it reads. A changed rule gets another hash, and
    its rows are made again. -#}
{% macro rules_hash(model_name) %}
    {%- if not execute -%}{{- return('') -}}{%- endif -%}
    {%- set nodes = graph.get('nodes', {}) -%}
    {%- set model_id = 'model.' ~ project_name ~ '.' ~ model_name -%}
    {#- a unit test has no graph -#}
    {%- if model_id not in nodes -%}{{- return('unit_test') -}}{%- endif -%}
    {%- set node = nodes[model_id] -%}
    {%- set parts = [node.raw_code] -%}
    {%- for macro_id in used_macros(node.depends_on.macros, []) | sort -%}
        {%- do parts.append(context[macro_id.split('.')[-1]].macro.macro_sql) -%}
    {%- endfor -%}
    {%- for parent_id in node.depends_on.nodes | sort -%}
        {%- set parent = nodes.get(parent_id) -%}
        {%- if parent and parent.resource_type == 'seed' -%}
            {%- do parts.append(parent.name ~ parent.checksum.checksum) -%}
        {%- elif parent and 'rule' in parent.tags -%}
            {%- do parts.append(rules_hash(parent.name)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(local_md5(parts | join('\n'))) -}}
{% endmacro %}

{#- The ids of our macros that are used, those they use included. -#}
{% macro used_macros(macro_ids, found) %}
    {%- for macro_id in macro_ids if macro_id.startswith('macro.' ~ project_name ~ '.') -%}
        {%- set name = macro_id.split('.')[-1].removeprefix('default__').removeprefix('spark__') -%}
        {#- both spellings, whichever engine builds: a hash is the same on each -#}
        {%- for spelling in [name, 'default__' ~ name, 'spark__' ~ name] -%}
            {%- set spelling_id = 'macro.' ~ project_name ~ '.' ~ spelling -%}
            {%- if
                spelling in context
                and spelling_id not in found
                and name not in ['rules_hash', 'rule_rows', 'new_rows_only']
            -%}
                {%- do found.append(spelling_id) -%}
                {%- do used_macros(context[spelling].macro.depends_on.macros, found) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}

{#- A from-item: the rows of a rule model that its current rules made. -#}
{% macro rule_rows(relation) -%}
    {%- if relation.identifier.startswith('__dbt__cte__') -%}
        {{ relation }}
    {%- else -%}
        (select * from {{ relation }} where rules_hash = '{{ rules_hash(relation.identifier) }}')
    {%- endif -%}
{%- endmacro %}

{#- For the driving rows of a rule model: in an incremental run, only versions that the current
    rules have not seen. -#}
{% macro new_rows_only(alias, model_name) -%}
    {%- if is_incremental() %}
    where not exists (
        select 1
        from {{ this }} as done
        where
            done.source = {{ alias }}.source
            and done.record_id = {{ alias }}.record_id
            and done.version_no = {{ alias }}.version_no
            and done.rules_hash = '{{ rules_hash(model_name) }}'
    )
    {%- endif %}
{%- endmacro %}
