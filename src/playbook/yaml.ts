/**
 * Reads one YAML file that a person (or an attacker with a pull request) wrote. Everything that can blow up is refused before
 * it does: size and depth while the text is being read, aliases while the values are built. All problems carry line and column.
 */
import { Composer, type CST, type Document, Lexer, LineCounter, type ParsedNode, Parser } from 'yaml';
import type { Code } from '../lib/failure.ts';
import { type Problem, shown } from './problem.ts';
import { sourceOf, type YamlSource } from './yaml-values.ts';

export interface YamlLimits {
  readonly maxBytes: number;
  readonly maxDepth: number;
  /** Values after aliases are followed; a real playbook has a few hundred. */
  readonly maxValues: number;
  readonly maxAliases: number;
  /** Words, signs and line breaks; a line has about seven, and 15,000 take 30 ms. */
  readonly maxTokens: number;
}
export const YAML_LIMITS: YamlLimits = { maxBytes: 256 * 1024, maxDepth: 32, maxValues: 20_000, maxAliases: 200, maxTokens: 15_000 };
const MOST_PROBLEMS = 50;

export type YamlOutcome = { readonly ok: true; readonly source: YamlSource } | { readonly ok: false; readonly problems: readonly Problem[] };
export type Report = (code: Code, offset: number, message: string, hint?: string) => void;

/** Never throws; an empty file is an E_PLAYBOOK_EMPTY problem. */
export function readYaml(input: string | Uint8Array, file: string, limits: YamlLimits = YAML_LIMITS): YamlOutcome {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const report: Report = (code, offset, message, hint) => {
    const { line, col } = lines.linePos(offset);
    if (problems.length < MOST_PROBLEMS) problems.push({ code, file, line: Math.max(1, line), column: Math.max(1, col), message, hint });
  };
  const text = decode(input, limits, report);
  const document = text === undefined ? undefined : compose(text, { limits, lines, report });
  const source = document && problems.length === 0 ? sourceOf(document, { file, lines, limits, report }) : undefined;
  return source && problems.length === 0 ? { ok: true, source } : { ok: false, problems: inOrder(problems) };
}

/** In the order of the file, the first hundred: nobody mends more at once. */
export const inOrder = (problems: readonly Problem[]): readonly Problem[] => [...problems].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, 100);

function decode(input: string | Uint8Array, limits: YamlLimits, report: Report): string | undefined {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.byteLength;
  if (bytes > limits.maxBytes) {
    report('E_TOO_LARGE', 0, `the file has ${Math.ceil(bytes / 1024)} KiB, the limit is ${Math.floor(limits.maxBytes / 1024)} KiB`);
    return undefined;
  }
  const text = typeof input === 'string' ? input : decodeUtf8(input);
  // U+FFFD is what is left when somebody else decoded bytes that are not UTF-8.
  const odd = text === undefined ? undefined : /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffd]/.exec(text);
  if (text === undefined) report('E_UTF8', 0, 'not a text file: it holds bytes that are not UTF-8', 'save it as UTF-8');
  else if (odd) report('E_UTF8', 0, `not a text file: it holds the character U+${odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
  else if (/^\ufeff?(?:[ \t]*(?:#.*)?(?:\r?\n|$))*$/.test(text)) report('E_PLAYBOOK_EMPTY', 0, 'the file is empty');
  else return text.replace(/^\ufeff/, '');
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

interface Reading {
  readonly limits: YamlLimits;
  readonly lines: LineCounter;
  readonly report: Report;
}

function compose(text: string, reading: Reading): Document.Parsed | undefined {
  const { lines, report } = reading;
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  const tokens = readTokens(text, reading);
  if (!tokens) return undefined;
  // Duplicate keys are looked for in yaml-values.ts: the library compares each key with each other (20,000 keys: 3 s).
  const [document, second] = new Composer<ParsedNode, true>({ uniqueKeys: false, strict: true }).compose(tokens, true, text.length);
  if (!document) return undefined;
  for (const { code, pos, message } of document.errors) {
    report('E_YAML_SYNTAX', pos[0], code === 'TAB_AS_INDENT' ? 'tabs are not allowed for indentation' : message.charAt(0).toLowerCase() + message.slice(1));
  }
  for (const { code, pos, message } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') report('E_YAML_SYNTAX', pos[0], message.charAt(0).toLowerCase() + message.slice(1));
    else report('E_YAML_TAG', pos[0], `unknown tag '${shown(/^!\S*/.exec(text.slice(pos[0], pos[0] + 80))?.[0] ?? '!')}'`, 'write the value without a tag');
  }
  if (second) report('E_YAML_SYNTAX', second.range[0], "one document expected, another begins at '---'", 'one playbook per file');
  return document;
}

/** Token by token, so that a file that is too deep or too long is dropped before anything recursive sees it. */
function readTokens(text: string, { limits, report }: Reading): CST.Token[] | undefined {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let count = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (++count > limits.maxTokens) return void report('E_TOO_LARGE', offset, `more than ${limits.maxTokens} words, signs and line breaks`, 'split the file');
    // The stack holds the document, each open collection, and the token being read.
    if (parser.stack.length > limits.maxDepth + 2) return void report('E_YAML_DEPTH', offset, `nested deeper than ${limits.maxDepth} levels`);
    // A flood of these costs the composer more than the rest of the file.
    const wrong = lexeme.startsWith('"') ? BAD_ESCAPE.exec(lexeme) : null;
    if (wrong) return void report('E_YAML_SYNTAX', offset + wrong.index, `invalid escape '${shown(wrong[0])}' in a quoted text`, 'use single quotes');
    if (!MARKS.test(lexeme)) offset += lexeme.length;
  }
  tokens.push(...parser.end());
  return tokens;
}

// Lexemes that stand for "a document begins" and "a scalar follows"; they are not in the text (yaml 2, parse/cst.ts).
const MARKS = /^[\u0002\u0018\u001f]$/;
const BAD_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:x(?![\da-fA-F]{2})|u(?![\da-fA-F]{4})|U(?![\da-fA-F]{8})|[^0abtnvfre"/\\N_LPxuU\s]).?/;
