/** The commands; each a line or two into the rooms. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Command } from 'commander';
import { describeProblems, readConfig, readProcessEnv } from './config.ts';
import { Failure } from './lib/failure.ts';

const program = new Command('tagback')
  .description('From an error-rate alert back to a known-good release tag, in Slack, with proof that it worked.')
  .version(readVersion(), '-v, --version')
  .showHelpAfterError();
const EX_CONFIG = 78;

program
  .command('demo')
  .description('one whole incident against a local sandbox; no accounts needed')
  .option('--exit', 'end when the incident is over instead of keeping the playground open')
  .option('--out <folder>', 'where the results go', 'out')
  .option('--port <n>', 'port of the playground; 0 takes a free one', '0')
  .action(async (options: { exit?: boolean; out: string; port: string }) => {
    const { demo } = await import('./demo.ts');
    process.exitCode = await demo({ exit: options.exit === true || !process.stdout.isTTY, outDir: options.out, port: Number(options.port) });
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
    const { graph } = await import('./playbook-commands.ts');
    const svg = graph(file, readFileSync(file), (text) => void process.stderr.write(text));
    if (svg === undefined) process.exitCode = 1;
    else if (options.out === undefined) process.stdout.write(svg);
    else await save(options.out, svg);
  });

program
  .command('export')
  .argument('<incident>', 'e.g. INC-42')
  .description('everything about one incident as JSON, and the proof that nobody changed it; ends 1 if somebody did')
  .option('-o, --out <file>', 'default: standard output')
  .action(async (id: string, options: { out?: string }) => {
    const { exportIncident } = await import('./export.ts');
    const { text, chain, isSound } = await exportIncident(configured(), id.toUpperCase());
    if (options.out === undefined) process.stdout.write(text);
    else writeFileSync(options.out, text);
    process.stderr.write(`${chain}\n`);
    if (!isSound) process.exitCode = 1;
  });

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
