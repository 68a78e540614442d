/** Reads a Liquibase changelog in XML or YAML; see adds-only.ts. */
import type { MigrationEffect } from './adds-only.ts';

const ADDING = ['createTable', 'addColumn', 'createIndex', 'createSequence'];
const FRAME = ['databaseChangeLog', 'changeSet', 'changes', 'columns', 'column', 'constraints', 'comment', 'include', 'includeAll', 'property'];
const PRECONDITIONS = ['preConditions', 'not', 'and', 'or', 'tableExists', 'columnExists', 'indexExists', 'dbms'];
const XML_WORDS = new Set([...ADDING, ...FRAME, ...PRECONDITIONS]);
const YAML_WORDS = new Set([
  ...XML_WORDS,
  ...['id', 'author', 'context', 'labels', 'tableName', 'name', 'type', 'nullable', 'primaryKey', 'primaryKeyName', 'unique', 'indexName', 'remarks'],
  ...['file', 'autoIncrement', 'defaultValue', 'defaultValueBoolean', 'defaultValueComputed', 'defaultValueNumeric', 'defaultValueDate', 'schemaName'],
  ...['logicalFilePath', 'relativeToChangelogFile', 'onFail', 'sequenceName', 'foreignKeyName', 'references'],
]);

export function changelogEffect(text: string): MigrationEffect {
  return /<\w/.test(text) ? xmlEffect(text) : yamlEffect(text);
}

function xmlEffect(text: string): MigrationEffect {
  const bare = text.replace(/<!--[\s\S]*?-->/g, '').replace(/<rollback\b[^>]*\/>|<rollback\b[\s\S]*?<\/rollback>/g, '');
  const odd = [...bare.matchAll(/<([A-Za-z][\w:]*)/g)].map(([, tag = '']) => tag).find((tag) => !XML_WORDS.has(tag));
  if (odd !== undefined) return changes(odd);
  for (const [block] of bare.matchAll(/<addColumn\b[\s\S]*?<\/addColumn>/g)) {
    for (const [column] of block.matchAll(/<column\b[^>]*(?:\/>|>[\s\S]*?<\/column>)/g)) {
      if (/nullable="false"/.test(column) && !/defaultValue\w*="/.test(column)) return { kind: 'changes', why: 'adds a required column' };
      if (/unique="true"|primaryKey="true"/.test(column)) return { kind: 'changes', why: 'adds a rule' };
    }
  }
  return /<createIndex\b[^>]*unique="true"/.test(bare) ? { kind: 'changes', why: 'adds a rule' } : { kind: 'adds' };
}

function yamlEffect(text: string): MigrationEffect {
  const bare = withoutRollback(text.split('\n').filter((line) => !/^\s*#/.test(line)));
  const words = bare.flatMap((line) => /^[\s-]*([A-Za-z]\w*):/.exec(line)?.[1] ?? []);
  const odd = words.find((word) => !YAML_WORDS.has(word));
  if (odd !== undefined) return changes(odd);
  if (words.length === 0 || words.every((word) => !ADDING.includes(word))) return { kind: 'unreadable' };
  const alters = words.includes('addColumn') || words.includes('createIndex');
  const says = (pattern: RegExp): boolean => bare.some((line) => pattern.test(line));
  if (alters && says(/\bunique:\s*["']?true/)) return { kind: 'changes', why: 'adds a rule' };
  if (words.includes('addColumn') && says(/\bnullable:\s*["']?false/) && !says(/\bdefaultValue\w*:/)) return { kind: 'changes', why: 'adds a required column' };
  return { kind: 'adds' };
}

/** Takes away `rollback:` and everything indented deeper. */
function withoutRollback(lines: readonly string[]): readonly string[] {
  let under: number | undefined;
  return lines.filter((line) => {
    const indent = /^[\s-]*/.exec(line)?.[0].length ?? 0;
    if (under !== undefined && (line.trim() === '' || indent > under)) return false;
    under = /^[\s-]*rollback:/.test(line) ? indent : undefined;
    return under === undefined;
  });
}

function changes(word: string): MigrationEffect {
  const why = /^drop/.test(word)
    ? word === 'dropTable'
      ? 'drops a table'
      : 'drops something'
    : /^rename/.test(word)
      ? 'renames something'
      : /NotNull/.test(word)
        ? 'makes a column required'
        : undefined;
  return { kind: 'changes', why: word === 'dropColumn' ? 'drops a column' : why };
}
