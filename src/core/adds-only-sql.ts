/** Reads a migration in SQL; see adds-only.ts. */
import type { MigrationEffect } from './adds-only.ts';

/** From here to the end, or to the next marker of the way up, stands the way back (goose, sql-migrate, dbmate, Play, MyBatis). */
const DOWN = /^\s*--\s*(?:\+(?:goose|migrate)\s+down|migrate:down|!downs|@undo|\/\/\s*@undo)/i;
const UP = /^\s*--\s*(?:\+(?:goose|migrate)\s+up|migrate:up|!ups)/i;

export function sqlEffect(text: string): MigrationEffect {
  const statements = statementsOf(wayUp(text));
  if (statements === undefined) return { kind: 'unreadable' };
  const created = new Set(statements.flatMap((statement) => CREATE_TABLE.exec(statement)?.[1] ?? []));
  const odd = statements.find((statement) => !addsOnly(statement, created));
  return odd === undefined ? { kind: 'adds' } : { kind: 'changes', why: whyOf(odd) };
}

function wayUp(text: string): string {
  let down = false;
  return text
    .split('\n')
    .filter((line) => {
      if (DOWN.test(line)) down = true;
      else if (UP.test(line)) down = false;
      return !down;
    })
    .join('\n');
}

// Strings and quoted names as one piece each. What one of the dialects would read in another way ends the reading: backslashes in strings,
// comments that MySQL executes, bodies of functions.
const PIECE = /--[^\n]*|\/\*(?![!+])[\s\S]*?\*\/|'(?:[^'\\]|'')*'|"[^"\n]*"|`[^`\n]*`|\[[A-Za-z_]\w*\]|[^'"`$#\\/\-;[]+|\$\d|\/(?!\*)|-(?!-)|\[|;/y;

/** In capitals, one space between words, strings empty; undefined: not surely readable. */
function statementsOf(text: string): readonly string[] | undefined {
  let whole = '';
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const piece = PIECE.exec(text)?.[0];
    if (piece === undefined) return undefined;
    if (piece.startsWith('--') || piece.startsWith('/*')) whole += ' ';
    else if (piece.startsWith("'")) whole += "''";
    // A quoted name is never a word of the language, even when it is spelt like one.
    else if (/^["`[]./.test(piece)) whole += `Q_${piece.slice(1, -1).replace(/\W/g, '_')}`;
    else whole += piece;
  }
  return whole
    .toUpperCase()
    .split(/;|^\s*GO\s*$/m)
    .map((statement) => statement.replace(/\s+/g, ' ').trim())
    .filter((statement) => statement !== '');
}

const NAME = '([\\w.]+)';
const CREATE_TABLE = new RegExp(`^CREATE (?:UNLOGGED )?TABLE (?:IF NOT EXISTS )?${NAME}`);
const CREATE_INDEX = new RegExp(`^CREATE (UNIQUE )?(?:FULLTEXT |SPATIAL )?INDEX .*?\\bON (?:ONLY )?${NAME}`);
const ALTER_TABLE = new RegExp(`^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?${NAME} (.*)$`);
const HARMLESS =
  /^(?:CREATE (?:TYPE|SEQUENCE|SCHEMA|EXTENSION|(?:MATERIALIZED )?VIEW|DOMAIN) |COMMENT ON |GRANT |ANALYZE\b|BEGIN\b|START TRANSACTION\b|COMMIT\b|END$|SET (?:LOCAL |SESSION )?(?:LOCK_TIMEOUT|STATEMENT_TIMEOUT|SEARCH_PATH|NAMES)\b)/;

// SQL Server needs no semicolon: a second statement may hide behind the first.
const SECOND = /.\b(?:DROP|TRUNCATE|RENAME|ALTER TABLE|DELETE FROM|INSERT INTO|EXEC|EXECUTE|UPDATE \w+ SET)\b/;

function addsOnly(statement: string, created: ReadonlySet<string>): boolean {
  if (SECOND.test(statement)) return false;
  if (HARMLESS.test(statement) || CREATE_TABLE.test(statement)) return true;
  const index = CREATE_INDEX.exec(statement);
  if (index !== null) return index[1] === undefined || created.has(index[2] ?? '');
  const [, table = '', actions = ''] = ALTER_TABLE.exec(statement) ?? [];
  const parts = topLevel(actions);
  return parts.length > 0 && parts.every((part) => (created.has(table) ? part.startsWith('ADD ') : addsColumn(part)));
}

const ADD_INDEX = /^ADD (?:FULLTEXT |SPATIAL )?(?:INDEX|KEY)\b/;
const ADD_COLUMN = /^ADD (?:COLUMN )?(?:IF NOT EXISTS )?(?!(?:CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|CHECK|EXCLUDE|PARTITION|PERIOD)\b)\w+ \w/;

function addsColumn(action: string): boolean {
  if (ADD_INDEX.test(action)) return true;
  return ADD_COLUMN.test(action) && !/\b(?:UNIQUE|PRIMARY KEY|CHECK)\b/.test(action) && !isRequired(action);
}

const isRequired = (action: string): boolean => /\bNOT NULL\b/.test(action) && !/\bDEFAULT (?!NULL\b)|\bGENERATED\b/.test(action);

/** Split at the commas outside brackets. */
function topLevel(text: string): readonly string[] {
  let depth = 0;
  const parts = [''];
  for (const letter of text) {
    depth += letter === '(' ? 1 : letter === ')' ? -1 : 0;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

const WHYS: readonly (readonly [RegExp, string])[] = [
  [/^DROP TABLE\b/, 'drops a table'],
  [/^ALTER TABLE .*\bDROP (?:COLUMN\b|(?!CONSTRAINT|INDEX|KEY|NOT|DEFAULT|FOREIGN|PRIMARY|CHECK|EXPRESSION|IDENTITY))/, 'drops a column'],
  [/^DROP\b/, 'drops something'],
  [/\bRENAME\b|\bCHANGE\b/, 'renames something'],
  [/\bADD\b.*\bNOT NULL\b/, 'adds a required column'],
  [/\bSET NOT NULL\b/, 'makes a column required'],
  [/^ALTER TABLE .*\b(?:ALTER|MODIFY)\b/, 'changes a column'],
  [/\b(?:UNIQUE|CONSTRAINT|PRIMARY KEY|CHECK)\b/, 'adds a rule'],
  [/^(?:UPDATE|DELETE|INSERT|MERGE|REPLACE|TRUNCATE|WITH|COPY)\b/, 'changes rows'],
];
const whyOf = (statement: string): string | undefined => WHYS.find(([pattern]) => pattern.test(statement))?.[1];
