/** Reads migrations written in the language of their framework: Rails, Django, Alembic, Knex, Laravel; see adds-only.ts. */
import type { MigrationEffect } from './adds-only.ts';

const ADDS: MigrationEffect = { kind: 'adds' };
const UNREADABLE: MigrationEffect = { kind: 'unreadable' };
const REQUIRED: MigrationEffect = { kind: 'changes', why: 'adds a required column' };

export function codeEffect(ending: string, text: string): MigrationEffect {
  switch (ending) {
    case 'rb':
      return rails(blank(text, '#'));
    case 'py': {
      const bare = blank(text, '#');
      if (/\bmigrations\.Migration\b/.test(bare)) return django(bare);
      return /^def upgrade\(/m.test(bare) ? alembic(bare) : UNREADABLE;
    }
    case 'php':
      return laravel(blank(text, '//'));
    case 'js':
    case 'ts':
    case 'cjs':
    case 'mjs':
      return knex(blank(text, '//'));
    default:
      return UNREADABLE;
  }
}

/** Without comments, strings empty: what remains are the calls. */
function blank(text: string, comment: '#' | '//'): string {
  const rest = comment === '#' ? /"""[\s\S]*?"""|'''[\s\S]*?'''|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#.*/g : JS_REST;
  return text.replace(rest, (_, string: string | undefined) => (string === undefined ? '' : "''"));
}
const JS_REST = /\/\*[\s\S]*?\*\/|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*/g;

/** What stands in the brackets that open at `open`. */
function within(text: string, open: number): string {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    const letter = text[index] ?? '';
    if ('([{'.includes(letter)) depth += 1;
    else if (')]}'.includes(letter)) depth -= 1;
    if (depth === 0) return text.slice(open + 1, index);
  }
  return text.slice(open + 1);
}

const callsOf = (text: string, name: RegExp): readonly string[] => [...text.matchAll(name)].map((call) => within(text, call.index + call[0].length - 1));

function changes(word: string): MigrationEffect {
  const known: readonly (readonly [RegExp, string])[] = [
    [/drop_?table|delete_?model|dropIfExists/i, 'drops a table'],
    [/remove_?(?:field|column|reference|timestamps)|drop_?(?:column|timestamps|soft)/i, 'drops a column'],
    [/drop|remove|delete/i, 'drops something'],
    [/rename/i, 'renames something'],
    [/change_column_null|notNull|dropNullable|setNullable/i, 'makes a column required'],
    [/alter_?(?:field|column)|change/i, 'changes a column'],
    [/unique|constraint|foreign|check/i, 'adds a rule'],
    [/run_?(?:python|sql)|execute|raw|update|insert|statement|query/i, 'runs code over the data'],
  ];
  return { kind: 'changes', why: known.find(([pattern]) => pattern.test(word))?.[1] };
}

const DJANGO_ADDS = ['CreateModel', 'AddField', 'AddIndex', 'AddIndexConcurrently', 'AlterModelOptions', 'AlterModelManagers'];

/** Django takes the default away again after it has filled the column, so only `null=True` and `db_default` let old code insert. */
function django(text: string): MigrationEffect {
  const list = /\boperations\s*(?::[^=\n]*)?=\s*\[/.exec(text);
  if (list === null || /\boperations\s*(?:\+=|\.)/.test(text)) return UNREADABLE;
  const inside = within(text, list.index + list[0].length - 1);
  for (const operation of topLevel(inside)) {
    const name = /^migrations\.(\w+)\s*\(/.exec(operation)?.[1];
    if (name === undefined) return { kind: 'changes', why: undefined };
    if (!DJANGO_ADDS.includes(name)) return changes(name);
    if (name === 'AddField' && !/\bnull\s*=\s*True\b|\bdb_default\s*=|ManyToManyField\s*\(/.test(operation)) return REQUIRED;
  }
  return ADDS;
}

function topLevel(text: string): readonly string[] {
  let depth = 0;
  const parts = [''];
  for (const letter of text) {
    depth += '([{'.includes(letter) ? 1 : ')]}'.includes(letter) ? -1 : 0;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const ALEMBIC_ADDS =
  /^(?:op\.(?:create_table|add_column|create_index|batch_alter_table|f)|batch_op\.(?:add_column|create_index|f)|(?:sa|postgresql|mysql|sqlite|sqlmodel)\.[\w.]+)$/;

function alembic(text: string): MigrationEffect {
  const start = /^def upgrade\([^\n]*\n/m.exec(text);
  if (start === null) return UNREADABLE;
  const body = text.slice(start.index + start[0].length).split(/^def /m, 1)[0] ?? '';
  const odd = [...body.matchAll(/([\w.]+)\s*\(/g)].map(([, name = '']) => name).find((name) => !ALEMBIC_ADDS.test(name));
  if (odd !== undefined) return changes(odd);
  if (callsOf(body, /\.create_index\s*\(/g).some((call) => /unique\s*=\s*True/.test(call))) return changes('unique');
  const required = callsOf(body, /\.add_column\s*\(/g).some((call) => /nullable\s*=\s*False/.test(call) && !/server_default\s*=/.test(call));
  return required ? REQUIRED : ADDS;
}

const RAILS_FRAME =
  /^(?:|end|class .*Migration.*|def (?:up|change)|disable_ddl_transaction!|enable_extension\b.*|create_(?:join_)?table\b(?!.*\bforce:).*|t\.\w+\b.*|add_(?:column|reference|belongs_to|timestamps|index)\b.*)$/;

/** `t.…` stands in `create_table` only, because `change_table` is not one of the words. */
function rails(text: string): MigrationEffect {
  const up = text.replace(/^ *def down\b[\s\S]*?(?=^ *def (?:up|change)\b|(?![\s\S]))/m, '');
  const created = new Set([...up.matchAll(/\bcreate_table\s*\(?\s*(:\w+)/g)].map(([, name]) => name));
  for (const line of up.replace(/([,(\\])\s*\n\s*/g, '$1 ').split('\n')) {
    const words = line.trim();
    if (!RAILS_FRAME.test(words)) return changes(words.split(/[\s(]/, 1)[0] ?? '');
    const added = /^add_(\w+)\s*\(?\s*(:\w+)?/.exec(words);
    if (added === null || created.has(added[2])) continue;
    if (/\bunique:\s*(?:true|\{)/.test(words)) return changes('unique');
    const mayBeEmpty = added[1] === 'timestamps' ? /\bnull:\s*true\b/.test(words) : !/\bnull:\s*false\b/.test(words);
    if (added[1] !== 'index' && !mayBeEmpty && !/\bdefault:(?!\s*nil\b)/.test(words)) return REQUIRED;
  }
  return ADDS;
}

const COLUMNS =
  'increments bigIncrements id integer bigInteger tinyint smallint mediumint bigint unsignedInteger unsignedBigInteger tinyInteger smallInteger mediumInteger text mediumText longText string char float double decimal boolean date datetime dateTime time timestamp timestampTz timestamps timestampsTz softDeletes binary enu enum json jsonb uuid ulid foreignId foreignUuid ipAddress morphs nullableMorphs rememberToken';
const MODIFIERS =
  'nullable defaultTo default useCurrent useCurrentOnUpdate after first unsigned comment index references inTable on onDelete onUpdate cascadeOnDelete nullOnDelete constrained withKeyName now fn';
const SHAPE = new Set(`${COLUMNS} ${MODIFIERS} notNullable unique primary foreign`.split(' '));

const KNEX_FRAME = new Set(['createTable', 'createTableIfNotExists', 'table', 'alterTable', 'hasTable', 'up', 'async', 'function', 'then', 'return', 'if']);

function knex(text: string): MigrationEffect {
  const start = /\bexports\.up\b|\bfunction up\b|\basync up\b|\bconst up\b/.exec(text);
  if (start === null) return UNREADABLE;
  const up = text.slice(start.index).split(/\bexports\.down\b|\b(?:async )?function down\b|\basync down\b|\bconst down\b/, 1)[0] ?? '';
  if (!/\bschema\b/.test(up)) return UNREADABLE;
  const odd = [...up.matchAll(/(\w+)\s*\(/g)].map(([, name = '']) => name).find((name) => !SHAPE.has(name) && !KNEX_FRAME.has(name));
  if (odd !== undefined) return changes(odd);
  return altered(callsOf(up, /\b(?:table|alterTable)\s*\(/g), (column) => /\.notNullable\s*\(/.test(column) && !/\.defaultTo\s*\(/.test(column));
}

const LARAVEL_FRAME = new Set(['create', 'table', 'up', 'function', 'extends', 'class']);

/** Columns of Laravel are required unless they say otherwise. */
function laravel(text: string): MigrationEffect {
  const start = /\bfunction up\b/.exec(text);
  if (start === null) return UNREADABLE;
  const up = text.slice(start.index).split(/\b(?:public )?function down\b/, 1)[0] ?? '';
  const odd = [...up.matchAll(/(\w+)\s*\(/g)].map(([, name = '']) => name).find((name) => !SHAPE.has(name) && !LARAVEL_FRAME.has(name));
  if (odd !== undefined) return changes(odd);
  const free = /->(?:nullable|default|useCurrent|nullableMorphs|softDeletes|timestamps|timestampsTz|index)\s*\(/;
  return altered(callsOf(up, /\bSchema::table\s*\(/g), (column) => /\$\w+->/.test(column) && !free.test(column));
}

/** What is added to a table that was there before must leave the rows of old code possible. */
function altered(blocks: readonly string[], isRequired: (column: string) => boolean): MigrationEffect {
  const columns = blocks.flatMap((block) => block.split(/;|\n(?!\s*(?:\.|->))/));
  if (columns.some((column) => /(?:\.|->)(?:unique|primary|foreign)\s*\(/.test(column))) return changes('unique');
  return columns.some(isRequired) ? REQUIRED : ADDS;
}
