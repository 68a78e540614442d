/** The folder of playbooks and services.yml, and which of them are in force. A file that went bad leaves its last good state in force. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Playbook } from '../core/playbook.ts';
import type { Catalog } from '../core/service.ts';
import { Failure } from '../lib/failure.ts';
import type { LogBackend } from '../logs/backend.ts';
import { type KnownError, overlaid } from '../logs/known-errors.ts';
import type { RollbackStrategy } from '../rollbacks/strategy.ts';
import type { StepKind } from '../steps/step.ts';
import { KNOWN_ERRORS_FILES, loadKnownErrors, shippedErrors } from './known-errors.ts';
import { loadPlaybook } from './load.ts';
import { type Problem, printProblem } from './problem.ts';
import { loadCatalog } from './services.ts';
import type { Plug } from './services-plugs.ts';
import { YAML_LIMITS } from './yaml.ts';

export interface PlaybooksOptions {
  readonly dir: string;
  readonly steps: readonly StepKind[];
  readonly strategies: readonly RollbackStrategy[];
  readonly logBackends: readonly LogBackend[];
  readonly migrationReaders?: readonly Plug[];
  readonly generic?: z.ZodType;
}

export interface Playbooks {
  catalog(): Catalog;
  /** undefined for an unknown name, too. */
  playbook(name: string | undefined): Playbook | undefined;
  names(): readonly string[];
  /** The team's known-errors.yml over the table that comes with this version. */
  knownErrors(): readonly KnownError[];
  /** Reads all files again; what is bad is returned, and its last good state stays. */
  reload(): readonly Problem[];
  /** What was wrong when the files were last read. */
  problems(): readonly Problem[];
}

const MOST_FILES = 500;
const SERVICES = ['services.yml', 'services.yaml'];

interface State {
  readonly catalog: Catalog | undefined;
  /** By name; `file` says where it came from. */
  readonly playbooks: ReadonlyMap<string, { readonly file: string; readonly playbook: Playbook }>;
  /** Of known-errors.yml. */
  readonly ownErrors: readonly KnownError[];
  readonly problems: readonly Problem[];
}

/** Throws E_CONFIG, with everything that is wrong, when there is no services.yml that can be used. A bad playbook alone stops nothing. */
export function openPlaybooks(options: PlaybooksOptions): Playbooks {
  let state = read(options, { catalog: undefined, playbooks: new Map(), ownErrors: [], problems: [] });
  const inForce = (): Catalog => {
    if (state.catalog) return state.catalog;
    const all = state.problems.map(printProblem).join('\n');
    throw new Failure('E_CONFIG', `${options.dir}: services.yml cannot be used\n${all}`, { hint: 'npx tagback playbook validate FILE', permanent: true });
  };
  inForce();
  return {
    catalog: inForce,
    playbook: (name) => (name === undefined ? undefined : state.playbooks.get(name)?.playbook),
    names: () => [...state.playbooks.keys()],
    knownErrors: () => overlaid(state.ownErrors, shippedErrors()),
    problems: () => state.problems,
    reload() {
      state = read(options, state);
      return state.problems;
    },
  };
}

function read(options: PlaybooksOptions, before: State): State {
  const problems: Problem[] = [];
  const files = list(options.dir, problems);
  const playbooks = new Map<string, { file: string; playbook: Playbook }>();
  const broken: string[] = [];
  for (const file of files.filter((name) => !SERVICES.includes(name) && !KNOWN_ERRORS_FILES.includes(name))) {
    const bytes = readBytes(options.dir, file, problems);
    const outcome = bytes && loadPlaybook(bytes, file, options.steps);
    if (outcome && !outcome.ok) problems.push(...outcome.problems);
    const old = [...before.playbooks.values()].find((one) => one.file === file);
    const entry = outcome?.ok ? { file, playbook: outcome.playbook } : old;
    if (!entry) broken.push(file.replace(/\.ya?ml$/, ''));
    else if (playbooks.has(entry.playbook.name)) problems.push(sameName(file, entry.playbook.name, playbooks.get(entry.playbook.name)?.file ?? ''));
    else playbooks.set(entry.playbook.name, entry);
  }
  // A name whose file is broken is not reported once more for each service that uses it.
  const loaded = [...playbooks.values()].map(({ playbook }) => playbook);
  const catalog = readCatalog(options, { files, names: [...playbooks.keys(), ...broken], loaded, problems });
  const ownErrors = readErrors(options, files, problems) ?? before.ownErrors;
  if (catalog) return { catalog, playbooks, ownErrors, problems };
  // The old catalog may need playbooks whose files are gone.
  return { catalog: before.catalog, playbooks: new Map([...before.playbooks, ...playbooks]), ownErrors, problems };
}

/** undefined: the file is bad, and what it said before stays. */
function readErrors(options: PlaybooksOptions, files: readonly string[], problems: Problem[]): readonly KnownError[] | undefined {
  const file = KNOWN_ERRORS_FILES.find((name) => files.includes(name));
  if (file === undefined) return [];
  const bytes = readBytes(options.dir, file, problems);
  const outcome = bytes && loadKnownErrors(bytes, file);
  if (outcome && !outcome.ok) problems.push(...outcome.problems);
  return outcome?.ok ? outcome.errors : undefined;
}

interface Found {
  readonly files: readonly string[];
  readonly names: readonly string[];
  readonly loaded: readonly Playbook[];
  readonly problems: Problem[];
}

function readCatalog(options: PlaybooksOptions, found: Found): Catalog | undefined {
  const { files, names, loaded, problems } = found;
  const file = SERVICES.find((name) => files.includes(name));
  if (file === undefined) {
    problems.push(fileProblem('services.yml', 'E_CONFIG', `there is no services.yml in ${options.dir}`));
    return undefined;
  }
  const bytes = readBytes(options.dir, file, problems);
  const outcome = bytes && loadCatalog(bytes, file, { ...options, playbooks: names, loaded });
  if (!outcome) return undefined;
  problems.push(...(outcome.ok ? outcome.warnings : outcome.problems));
  return outcome.ok ? outcome.catalog : undefined;
}

function list(dir: string, problems: Problem[]): readonly string[] {
  try {
    if (!existsSync(dir)) return [];
    const files = readdirSync(dir)
      .filter((name) => /^[^.].*\.ya?ml$/.test(name))
      .sort();
    if (files.length > MOST_FILES) problems.push(fileProblem(dir, 'E_TOO_LARGE', `${files.length} files; only the first ${MOST_FILES} are read`));
    return [...SERVICES.filter((name) => files.includes(name)), ...files.filter((name) => !SERVICES.includes(name))].slice(0, MOST_FILES);
  } catch (error) {
    problems.push(fileProblem(dir, 'E_CONFIG', `the folder cannot be read: ${reasonOf(error)}`));
    return [];
  }
}

/** Asks for the size first, so that nothing large is ever in memory. */
function readBytes(dir: string, file: string, problems: Problem[]): Buffer | undefined {
  try {
    const path = join(dir, file);
    const { size } = statSync(path);
    if (size <= YAML_LIMITS.maxBytes) return readFileSync(path);
    problems.push(fileProblem(file, 'E_TOO_LARGE', `the file has ${Math.ceil(size / 1024)} KiB, the limit is ${YAML_LIMITS.maxBytes / 1024} KiB`));
  } catch (error) {
    problems.push(fileProblem(file, 'E_CONFIG', `cannot be read: ${reasonOf(error)}`));
  }
  return undefined;
}

const reasonOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : String(error));
const fileProblem = (file: string, code: Problem['code'], message: string): Problem => ({ code, file, line: 1, column: 1, message, hint: undefined });
const sameName = (file: string, name: string, other: string): Problem =>
  fileProblem(file, 'E_PLAYBOOK_ID', `the name '${name}' is taken by ${other}; the file is not used`);
