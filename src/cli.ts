/** The commands; each a line or two into the rooms. */
import { createWriteStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Command, CommanderError } from 'commander';
import { describeProblems, readConfig, readProcessEnv, readTerminalConfig } from './config.ts';
import { Failure } from './lib/failure.ts';
import type { LocalCommand } from './local/protocol.ts';
import type { Terminal } from './local/terminal.ts';

/** Exit codes are part of what scripts rely on. */
const ROLLBACK_HELP = `
It talks to the running bot through a socket beside its database, as the same user on the same machine. Who types is known by
the personal token in TAGBACK_OPERATOR_TOKEN, or typed unseen; see "tagback operator-token".

  tagback rollback checkout-api v2.13.2 --reason "5xx since the release"
  tagback rollback approve INC-42 rb1 --watch        (somebody else)

With --watch the end is the proof: what the error rate or the addresses of the service say, or that nothing will prove it.

Exit codes: 0 done or as asked, 1 refused, failed or unknown, or it did not help or is not proven, 2 typed wrong, 69 the bot is not running, 77 not allowed, 78 a setting is wrong.`;

const program = new Command('tagback')
  .description('From an error-rate alert back to a known-good release tag, in Slack, with proof that it worked.')
  .version(readVersion(), '-v, --version')
  .showHelpAfterError();
const EX_USAGE = 2;
const EX_CONFIG = 78;
/** Whoever types it wrong gets 2, so that 1 always means: asked for, and refused or failed. */
const usageIsTwo = (error: CommanderError): never => {
  throw error;
};

program
  .command('demo')
  .description('one whole incident against a local sandbox; no accounts needed')
  .option('--exit', 'end when the incident is over instead of keeping the playground open')
  .option('--out <folder>', 'where the results go', 'out')
  .option('--port <n>', 'port of the playground; 0 takes a free one', '0')
  .option('--scene <name>', 'what happens: green, red, identity, no-effect or automatic', 'green')
  .action(async (options: { exit?: boolean; out: string; port: string; scene: string }) => {
    const { demo } = await import('./demo.ts');
    process.exitCode = await demo({
      exit: options.exit === true || !process.stdout.isTTY,
      outDir: options.out,
      port: Number(options.port),
      scene: options.scene,
    });
  });

program
  .command('doctor')
  .description('names everything missing or wrong, with the remedy')
  .option('--json', 'for machines')
  .action(async (options: { json?: boolean }) => {
    const { doctor } = await import('./doctor.ts');
    process.exitCode = await doctor(readProcessEnv(), { json: options.json === true, write: (text) => void process.stdout.write(text) });
  });

const playbook = program.command('playbook').description('check and draw playbooks');
playbook
  .command('validate')
  .argument('<file...>', 'services.yml, or playbooks')
  .description('every problem with file:line:column')
  .action(async (files: string[]) => {
    const { validate } = await import('./playbook-commands.ts');
    process.exitCode = validate(files, (text) => void process.stdout.write(text));
  });
playbook
  .command('graph')
  .argument('<file>')
  .option('-o, --out <file>', 'SVG or PNG, by its ending; default: SVG on standard output')
  .description('the playbook as a picture')
  .action(async (file: string, options: { out?: string }) => {
    const { graph, pictureProblem } = await import('./playbook-commands.ts');
    const refusal = options.out === undefined ? undefined : pictureProblem(options.out);
    if (refusal !== undefined) throw new Failure('E_ARGS', refusal);
    const svg = graph(file, readFileSync(file), (text) => void process.stderr.write(text));
    if (svg === undefined) process.exitCode = 1;
    else if (options.out === undefined) process.stdout.write(svg);
    else await save(options.out, svg);
  });

program
  .command('export')
  .argument('[incident]', 'e.g. INC-42; without it, and with --since, all incidents of that time, one line of JSON each')
  .description('everything about one incident as JSON, and the proof that nobody changed it; ends 1 if somebody did')
  .option('--since <time>', 'only what happened since then: 7d, 12h, 2026-11-20T00:00Z')
  .option('-o, --out <file>', 'default: standard output')
  .action(async (id: string | undefined, { since, out }: { since?: string; out?: string }) => {
    const { exportIncident, readSince } = await import('./export.ts');
    const from = since === undefined ? undefined : readSince(since);
    if (id === undefined) return exportMany(from, out);
    const { text, chain, isSound } = await exportIncident(configured(), id.toUpperCase(), from);
    if (out === undefined) process.stdout.write(text);
    else writeFileSync(out, text);
    process.stderr.write(`${chain}\n`);
    if (!isSound) process.exitCode = 1;
  });

const WATCH = 'follows it until it is over and proved that it helped';
const rollback = program
  .command('rollback')
  .description('the same guarded rollback as in Slack, from a terminal: plan, checks, approval by another operator, proof')
  .exitOverride(usageIsTwo)
  .addHelpText('after', ROLLBACK_HELP);
rollback
  .command('request', { isDefault: true })
  .argument('<service>', 'as in services.yml')
  .argument('<tag>', 'the release to go back to')
  .description('asks for a rollback and prints its plan; the word request may be left out')
  .option('--reason <words>', 'stands on the card and in the postmortem', '')
  .option('--dry-run', 'prints exactly the requests that would be sent; stores and sends nothing')
  .option('--watch', WATCH)
  .allowExcessArguments()
  .action(async (service: string, tag: string, options: { reason: string; dryRun?: boolean; watch?: boolean }, typed: Command) => {
    const { mistyped, requestRollback } = await import('./local/terminal.ts');
    const wrong = mistyped(service, tag, typed.args.slice(2));
    if (wrong !== undefined) return rollback.error(`error: ${wrong} Nothing was asked.`);
    const { reason, dryRun = false, watch = false } = options;
    process.exitCode = await requestRollback(await terminal(), { service, tag, reason, dryRun, watch });
  });
for (const [name, about] of [
  ['approve', 'agrees to exactly the plan it prints; over red checks with --reason'],
  ['glass', 'breaks the glass: alone, with --reason, everybody is told'],
] as const)
  aim(name, about)
    .option('--reason <words>', 'why; at least 10 characters where one is needed')
    .option('--watch', WATCH)
    .action(async (incident: string, id: string, { reason, watch = false }: { reason?: string; watch?: boolean }) => {
      const { agree } = await import('./local/terminal.ts');
      process.exitCode = await agree(await terminal(), named(incident, id), { glass: name === 'glass', reason, watch });
    });
aim('decline', 'says no; nothing is sent')
  .option('--reason <words>', 'why', '')
  .action((incident: string, id: string, { reason }: { reason: string }) => order(incident, { kind: 'declineRollback', rollback: id, reason }));
aim('cancel', 'takes the wish back, as long as nothing was sent').action((incident: string, id: string) =>
  order(incident, { kind: 'cancelRollback', rollback: id }),
);
aim('undo', 'plans the way forward again; checks and approvals are the same')
  .option('--reason <words>', 'why', '')
  .option('--watch', WATCH)
  .action((incident: string, id: string, { reason, watch }: { reason: string; watch?: boolean }) =>
    order(incident, { kind: 'undoRollback', rollback: id, reason }, watch),
  );
aim('migrations', 'answers the question of a check: were they run? The plan is made again')
  .argument('<run|not-run>')
  .action((incident: string, id: string, said: string) => {
    if (said !== 'run' && said !== 'not-run') return rollback.error("error: expected 'run' or 'not-run'");
    return order(incident, { kind: 'answerMigrations', rollback: id, run: said === 'run' });
  });
aim('choose', 'makes the plan with another of the service’s strategies')
  .argument('<strategy>')
  .action((incident: string, id: string, strategy: string) => order(incident, { kind: 'chooseStrategy', rollback: id, strategy }));
rollback
  .command('status')
  .argument('[incident]', 'e.g. INC-42; without it all open ones')
  .argument('[rollback]', 'e.g. rb1; without it all of them in short, and the one that counts')
  .description('where it stands; ends 1 when it is over and not done, or did not help')
  .option('--watch', WATCH)
  .action(async (incident: string | undefined, id: string | undefined, { watch = false }: { watch?: boolean }) => {
    const { status } = await import('./local/terminal.ts');
    const at = incident === undefined ? {} : { incident: incident.toUpperCase() };
    process.exitCode = await status(await terminal(), { ...at, ...(id !== undefined && { rollback: id.toLowerCase() }), watch });
  });

program
  .command('operator-token')
  .argument('<name>', 'of the person')
  .description('prints a fresh personal token and its line for services.yml')
  .exitOverride(usageIsTwo)
  .action(async (name: string) => {
    const { printToken } = await import('./local/operators.ts');
    process.stdout.write(`${printToken(name).join('\n')}\n`);
  });

function aim(name: string, about: string): Command {
  return rollback.command(name).argument('<incident>', 'e.g. INC-42').argument('<rollback>', 'e.g. rb1').description(about);
}

const named = (incident: string, id: string) => ({ incident: incident.toUpperCase(), rollback: id.toLowerCase() });

async function order(incident: string, wanted: LocalCommand, watch = false): Promise<void> {
  const { command } = await import('./local/terminal.ts');
  const at = named(incident, wanted.rollback);
  process.exitCode = await command(await terminal(), at.incident, { wanted: { ...wanted, rollback: at.rollback }, watch });
}

/** Whoever types gets only what a terminal needs: neither Slack's nor GitHub's tokens. */
async function terminal(): Promise<Terminal> {
  const [{ placeOf }, { askHidden, askYes }, read] = [
    await import('./local/place.ts'),
    await import('./local/ask-person.ts'),
    readTerminalConfig(readProcessEnv()),
  ];
  if (!read.ok) throw new Failure('E_CONFIG', describeProblems(read.problems));
  const { database, operatorToken } = read.config;
  const someoneIsThere = process.stdin.isTTY && process.stderr.isTTY;
  return {
    place: placeOf(database.path),
    token: async () => operatorToken ?? (someoneIsThere ? askHidden('Your operator token (it is not shown): ') : undefined),
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    confirm: someoneIsThere ? askYes : undefined,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
  };
}

/** The file gets its name when it is whole. */
async function exportMany(since: number | undefined, out: string | undefined): Promise<void> {
  if (since === undefined)
    throw new Failure('E_ARGS', 'which incident? Nothing was read', { hint: 'Write tagback export INC-42, or --since 7d for all of a time.' });
  const { exportSince } = await import('./export.ts');
  const lines = exportSince(configured(), since, ({ chain, isSound }) => {
    process.stderr.write(`${chain}\n`);
    if (!isSound) process.exitCode = 1;
  });
  if (out === undefined) return pipeline(lines, process.stdout, { end: false });
  await pipeline(lines, createWriteStream(`${out}.part`));
  renameSync(`${out}.part`, out);
}

async function save(file: string, svg: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  if (!/\.png$/i.test(basename(file))) return writeFileSync(file, svg);
  const { createPainter } = await import('./chart/png.ts');
  const painter = createPainter();
  writeFileSync(file, await painter.paint(svg));
  await painter.close();
}

function configured() {
  const read = readConfig(readProcessEnv());
  if (!read.ok) throw new Failure('E_CONFIG', describeProblems(read.problems));
  return read.config;
}

await program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EX_USAGE; // help was asked for, or it has said already what is wrong
    return;
  }
  process.stderr.write(
    error instanceof Failure
      ? `${error.message}${error.hint === undefined ? '' : `\n→ ${error.hint}`}\n`
      : `${error instanceof Error ? ('syscall' in error ? error.message : error.stack) : String(error)}\n`, // a file that cannot be read or written is no bug
  );
  process.exitCode = error instanceof Failure && error.code === 'E_CONFIG' ? EX_CONFIG : 1;
});

function readVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }; // our own file
  return version;
}
