/** Plain pages behind the `html_url`s, so that a link in the playground leads somewhere. */
import { compare } from './compare.ts';
import { resolve } from './git.ts';
import type { FileChange } from './history.ts';
import { jobsOf, progressOf, type Run } from './runs.ts';
import type { World } from './world.ts';

/** undefined: not a page but something for the API. */
export function pageFor(world: World, path: string): string | undefined {
  const root = `/${world.options.fullName}`;
  if (path !== root && !path.startsWith(`${root}/`)) return undefined;
  const rest = decodePath(path.slice(root.length + 1));
  const run = /^actions\/runs\/(\d+)/.exec(rest)?.[1];
  if (run !== undefined) return runPage(world, Number(run));
  if (rest.startsWith('releases/tag/')) return releasePage(world, rest.slice('releases/tag/'.length));
  if (rest.startsWith('compare/')) return comparePage(world, rest.slice('compare/'.length));
  const pull = /^pull\/(\d+)/.exec(rest)?.[1];
  if (pull !== undefined) return pullPage(world, Number(pull));
  return page(world, rest === '' ? 'Repository' : rest, overview(world));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a broken escape is shown as it came
  }
}

function runPage(world: World, id: number): string {
  const run = world.ledger.runs().find((one) => one.id === id);
  if (!run) return page(world, 'No such run', `<p>There is no run ${id}.</p>`);
  const now = world.now();
  const jobs = jobsOf(run, now).map((job) => `<li>${escapeHtml(job.name)}: ${escapeHtml(job.conclusion ?? job.status)}</li>`);
  const inputs = Object.entries(run.inputs).map(([name, value]) => `<tr><td>${escapeHtml(name)}<td>${escapeHtml(value)}`);
  return page(
    world,
    run.title,
    `<p><b>${stateOf(run, now)}</b>, started ${new Date(run.createdAt).toISOString()}</p><ul>${jobs.join('')}</ul><table>${inputs.join('')}</table>`,
  );
}

const stateOf = (run: Run, now: number): string => {
  const { status, conclusion } = progressOf(run, now);
  return escapeHtml(conclusion ?? status);
};

function releasePage(world: World, tag: string): string {
  const release = world.releases.byTag(tag);
  if (!release) return page(world, 'No such release', `<p>There is no release ${escapeHtml(tag)}.</p>`);
  const marks = [release === world.releases.latest() ? 'Latest' : '', release.prerelease ? 'Pre-release' : ''].filter((mark) => mark !== '');
  return page(
    world,
    `Release ${tag}`,
    `<p>${marks.map((mark) => `<b>${mark}</b>`).join(' ')} by ${escapeHtml(release.author)}</p><pre>${escapeHtml(release.body)}</pre>`,
  );
}

function comparePage(world: World, range: string): string {
  const [base, head] = range.split('...').map((ref) => resolve(world.git, ref));
  const compared = base && head && compare(world.git, base, head);
  if (!compared) return page(world, 'Nothing to compare', `<p>${escapeHtml(range)} names no two commits.</p>`);
  const commits = compared.commits.map((commit) => `<li>${escapeHtml(commit.title)} <i>${escapeHtml(commit.author)}</i></li>`);
  return page(world, range, `<h2>${commits.length} commits</h2><ul>${commits.join('')}</ul>${fileList(compared.files)}`);
}

function fileList(files: readonly FileChange[]): string {
  const items = files.map((file) => {
    const patch = file.patch ? `<pre>${escapeHtml(file.patch)}</pre>` : '';
    return `<li><code>${escapeHtml(file.path)}</code> +${file.additions} −${file.deletions}${patch}</li>`;
  });
  return `<h2>${items.length} files</h2><ul>${items.join('')}</ul>`;
}

function pullPage(world: World, number: number): string {
  const pull = world.pulls.list().find((one) => one.number === number);
  // Of those from before the sandbox started there is what they brought.
  const brought = [...world.git.commits.values()].find(({ title }) => title.endsWith(`(#${number})`));
  if (!pull && brought) return page(world, brought.title, `<p><b>merged</b> by ${escapeHtml(brought.author)}</p>${fileList(brought.files)}`);
  if (!pull) return page(world, 'No such pull request', `<p>There is no pull request ${number}.</p>`);
  const sides = `<code>${escapeHtml(pull.head.branch)}</code> into <code>${escapeHtml(pull.base.branch)}</code>`;
  const state = pull.end?.kind ?? (pull.draft ? 'draft' : 'open');
  return page(world, `${pull.title} #${number}`, `<p><b>${state}</b>: ${sides}, by ${escapeHtml(pull.author)}</p><pre>${escapeHtml(pull.body ?? '')}</pre>`);
}

function overview(world: World): string {
  const link = (path: string, text: string) => `<li><a href="/${world.options.fullName}/${path}">${escapeHtml(text)}</a></li>`;
  const runs = world.ledger.runs().map((run) => link(`actions/runs/${run.id}`, `${run.title}: ${stateOf(run, world.now())}`));
  const published = world.releases.list().filter((one) => !one.draft);
  const releases = published.map((one) => link(`releases/tag/${encodeURIComponent(one.tag)}`, one.tag));
  return `<h2>Releases</h2><ul>${releases.join('')}</ul><h2>Runs</h2><ul>${runs.join('')}</ul>`;
}

function page(world: World, title: string, body: string): string {
  const style = 'body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}td{padding-right:1rem}pre{white-space:pre-wrap}';
  const head = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${style}</style>`;
  const name = escapeHtml(world.options.fullName);
  return `${head}<p><a href="/${name}">${name}</a> on the sandbox's GitHub</p><h1>${escapeHtml(title)}</h1>${body}</html>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
