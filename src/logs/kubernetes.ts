/** The logs of pods, by the Kubernetes API: of all containers that a label selector finds, and of those that crashed the run before, too. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { configuredUrl, parseJson, tokenEnv } from '../health/fetch-text.ts';
import { realClock } from '../lib/clock.ts';
import { Failure } from '../lib/failure.ts';
import { defineLogBackend, type LogAsk, type LogLine, type LogResult } from './backend.ts';
import { countdown, quoted, readAnswer, refusal, secretOf } from './call.ts';
import { getFromCluster } from './kubernetes-http.ts';
import { interleave, keepNewest } from './newest.ts';
import { timeOf } from './read-line.ts';
import { matching } from './thin.ts';

const MOST_CONTAINERS = 40;
const AT_ONCE = 4;
const LIST_BYTES = 4 * 1024 * 1024;
// Where a pod finds what it may call the API with (kubernetes.io, "Accessing the API from a Pod").
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const IN_CLUSTER = 'https://kubernetes.default.svc';

const path = z.string().regex(/^\/[^\0]{1,400}$/, 'expected an absolute path');
const label = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'expected a name as Kubernetes allows it');
const options = z.strictObject({
  url: configuredUrl.optional().describe('Address of the API server; absent: the cluster the bot itself runs in'),
  namespace: label.describe('Namespace of the pods'),
  selector: z.string().min(1).max(500).describe('Label selector, e.g. app=shop,tier!=batch'),
  container: label.optional().describe('Only containers of this name; absent: all'),
  token_env: tokenEnv,
  token_file: path.optional().describe("File with a token; absent, and without token_env, in the cluster: the service account's"),
  ca_file: path.optional().describe("File with the cluster's certificate authority; absent, in the cluster: the service account's"),
});
type Options = z.output<typeof options>;

const pods = z.object({
  metadata: z.object({ continue: z.string().optional() }).optional(),
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string() }),
      spec: z.object({ containers: z.array(z.object({ name: z.string() })) }),
      status: z
        .object({
          containerStatuses: z
            .array(z.object({ name: z.string(), lastState: z.object({ terminated: z.object({ finishedAt: z.string().nullish() }).optional() }).optional() }))
            .optional(),
        })
        .optional(),
    }),
  ),
});

export const kubernetes = defineLogBackend({ use: 'kubernetes', about: 'Logs of pods, from the Kubernetes API', options, search });

interface Cluster {
  readonly where: Options;
  readonly base: string;
  readonly who: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;
  timeoutMs(): number;
  readonly signal: AbortSignal;
}

async function search(where: Options, query: LogAsk, signal: AbortSignal): Promise<LogResult> {
  const base = (where.url ?? IN_CLUSTER).replace(/\/+$/, '');
  const credential = await credentialOf(where, query);
  const cluster: Cluster = { where, base, who: `Kubernetes at ${new URL(base).host}`, ...credential, timeoutMs: countdown(query), signal };
  const { runs, isPart } = await runsOf(cluster, query);
  const share = { ...query, maxBytes: Math.max(64 * 1024, Math.ceil((query.maxBytes * 2) / runs.length)) };
  const read: { lines: readonly LogLine[]; isCut: boolean }[] = [];
  for (let at = 0; at < runs.length; at += AT_ONCE) read.push(...(await Promise.all(runs.slice(at, at + AT_ONCE).map((run) => logOf(cluster, run, share)))));
  const kept = keepNewest(await matching(interleave(read.map(({ lines }) => lines)), query, signal), query);
  return { lines: kept.lines, truncated: kept.truncated || isPart || read.some(({ isCut }) => isCut) };
}

async function credentialOf(where: Options, { secrets }: LogAsk): Promise<Pick<Cluster, 'token' | 'ca'>> {
  const inCluster = where.url === undefined;
  const caFile = where.ca_file ?? (inCluster ? `${ACCOUNT}/ca.crt` : undefined);
  const tokenFile = where.token_file ?? (inCluster ? `${ACCOUNT}/token` : undefined);
  const ca = caFile === undefined ? undefined : await readText(caFile);
  if (where.token_env !== undefined) return { ca, token: secretOf(where.token_env, secrets) };
  // Read each time: Kubernetes gives a new token every hour.
  return { ca, token: tokenFile === undefined ? undefined : (await readText(tokenFile)).trim() };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new Failure('E_LOGS', `${file} cannot be read (${reason})`, {
      hint: 'outside of the cluster give url, token_env or token_file, and ca_file in services.yml → logs',
      permanent: true,
      cause: error,
    });
  }
}

/** One run of one container: the one that runs, or the one that crashed before it. */
interface Run {
  readonly pod: string;
  readonly container: string;
  readonly previous: boolean;
}

async function runsOf(cluster: Cluster, { from }: LogAsk): Promise<{ runs: readonly Run[]; isPart: boolean }> {
  const { where, who } = cluster;
  const search = new URLSearchParams({ labelSelector: where.selector, limit: '100' });
  const { status, text, isCut } = await get(cluster, `pods?${search}`, LIST_BYTES);
  if (status !== 200) throw clusterRefusal(cluster, status, text);
  if (isCut) throw new Failure('E_LOGS', `${who} lists too many pods for ${where.selector}`, { hint: 'use a narrower selector', permanent: true });
  const { items, metadata } = readAnswer(who, pods, text);
  const runs = items.flatMap(({ metadata: { name: pod }, spec, status: state }) =>
    spec.containers
      .filter(({ name }) => where.container === undefined || name === where.container)
      .flatMap(({ name: container }): Run[] => {
        const ended = state?.containerStatuses?.find((one) => one.name === container)?.lastState?.terminated;
        const crashed = ended && (ended.finishedAt == null || Date.parse(ended.finishedAt) >= from);
        return [...(crashed ? [{ pod, container, previous: true }] : []), { pod, container, previous: false }];
      }),
  );
  // Nothing to read is not "no errors".
  if (runs.length === 0)
    throw new Failure(
      'E_LOGS',
      `${who} has no ${where.container === undefined ? 'pod' : `container ${where.container} in a pod`} for ${where.selector} in ${where.namespace}`,
      {
        hint: 'nothing runs there at the moment, or selector in services.yml → logs is wrong',
      },
    );
  return { runs: runs.slice(0, MOST_CONTAINERS), isPart: runs.length > MOST_CONTAINERS || (metadata?.continue ?? '') !== '' };
}

async function logOf(cluster: Cluster, { pod, container, previous }: Run, query: LogAsk): Promise<{ lines: readonly LogLine[]; isCut: boolean }> {
  const since = Math.max(1, Math.ceil((realClock.now() - query.from) / 1_000));
  const search = new URLSearchParams({
    container,
    timestamps: 'true',
    sinceSeconds: String(since),
    tailLines: String(query.maxLines),
    limitBytes: String(query.maxBytes),
    ...(previous && { previous: 'true' }),
  });
  const { status, text, isCut } = await get(cluster, `pods/${encodeURIComponent(pod)}/log?${search}`, query.maxBytes + 64 * 1024);
  // Gone meanwhile, not started yet, or no earlier run: there is nothing to read, and the others have something to say.
  if (status === 404 || status === 400) return { lines: [], isCut: false };
  if (status !== 200) throw clusterRefusal(cluster, status, text);
  const all = text.split('\n').filter((line) => line !== '');
  const lines = all.map(readStamped).filter(({ at }) => at === undefined || (at >= query.from && at <= query.to));
  return { lines, isCut: isCut || all.length >= query.maxLines || Buffer.byteLength(text) >= query.maxBytes };
}

/** `2026-11-20T10:00:00.123456789Z the line itself`. */
function readStamped(line: string): LogLine {
  const blank = line.indexOf(' ');
  const at = blank > 0 ? timeOf(line.slice(0, blank)) : undefined;
  return at === undefined ? { at: undefined, text: line } : { at, text: line.slice(blank + 1) };
}

function get({ where, base, token, ca, timeoutMs, signal }: Cluster, rest: string, maxBytes: number) {
  const url = `${base}/api/v1/namespaces/${encodeURIComponent(where.namespace)}/${rest}`;
  return getFromCluster({ url, token, ca, timeoutMs: timeoutMs(), maxBytes }, signal);
}

function clusterRefusal({ who, where, token }: Cluster, status: number, text: string): Failure {
  const said = z.object({ message: z.string() }).safeParse(parseJson(text)).data?.message ?? text;
  const hints = {
    refused: `the account needs get and list on pods and pods/log in ${where.namespace}`,
    missing: 'check url and namespace in services.yml → logs',
    wrong: 'check selector in services.yml → logs',
  };
  return refusal({ who, hints }, status, quoted({ secret: [token ?? ''] }, said));
}
