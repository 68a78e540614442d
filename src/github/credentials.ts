/** Who we are to GitHub: a token, or an App that makes itself a narrowed token per repository. */
import { createPrivateKey } from 'node:crypto';
import type { App } from 'octokit';
import { Failure } from '../lib/failure.ts';

export type Auth = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'app'; readonly appId: string | number; readonly privateKey: string };

/** A secret ready for the Authorization header, and the name of the hourly budget it draws on. */
export interface Credential {
  readonly token: string;
  readonly purse: string;
}

export interface Credentials {
  /** For calls to one repository. An App asks GitHub twice before the first one; afterwards the token is kept for 59 min. */
  forRepo(repo: string): Promise<Credential>;
  /** What can be asked without naming a repository, to see whether we are who we think we are. */
  readonly self: 'GET /rate_limit' | 'GET /app';
  forSelf(): Promise<Credential>;
  /** GitHub said 401: the next call makes a new token. */
  forget(repo: string): void;
  /** Every secret we ever handed out, so that no text repeats one. */
  secrets(): readonly string[];
  /** Where a person mends this. */
  readonly remedy: string;
}

// Written where a token was meant: by a template, by a shell, by somebody in a hurry.
const NOT_A_TOKEN = /^(undefined|null|none|true|false|token|changeme|\.\.\.|your[-_ ].*|<.*>|(ghp|gho|ghs|ghu|github_pat)_?(x+|\.+|…)?)$/i;
/** One token an hour for each of this many repositories. */
const ISSUED_MAX = 500;
const REPO = /^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/;

/**
 * Octokit sends an empty token as no token at all and a broken one in the text of an error, so both are refused here, before
 * anything is sent. The value is never repeated.
 */
export function checkToken(token: string): void {
  const refuse = (what: string, hint = 'copy the token again into GITHUB_TOKEN, without quotes and without spaces'): never => {
    throw new Failure('E_CONFIG', `GITHUB_TOKEN ${what}; GitHub was not called`, { path: 'GITHUB_TOKEN', hint, permanent: true });
  };
  if (token.trim() === '') refuse('is empty, so every call would be anonymous (60 an hour)', 'set GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY');
  const quote = /^["'`“”‘’]|["'`“”‘’]$/.exec(token);
  if (quote) refuse(`has a quotation mark at position ${quote.index}`);
  const control = /[\u0000-\u001f\u007f]/.exec(token);
  if (control) refuse(`contains a control character at position ${control.index}`);
  if (NOT_A_TOKEN.test(token)) refuse('holds a placeholder, not a token');
  const odd = /[^\x21-\x7e]/u.exec(token);
  if (odd) refuse(`contains ${odd[0] === ' ' ? 'a space' : `the character ${codePoint(odd[0])}`} at position ${odd.index}`);
}

function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Gives the key with real line breaks back; a key that cannot sign is refused by name, never quoted. */
export function checkPrivateKey(privateKey: string): string {
  const pem = privateKey.replaceAll('\\n', '\n').trim();
  const refuse = (what: string): never => {
    throw new Failure('E_CONFIG', `GITHUB_APP_PRIVATE_KEY ${what}; GitHub was not called`, {
      path: 'GITHUB_APP_PRIVATE_KEY',
      hint: 'use the .pem file GitHub gave you, whole, from -----BEGIN to -----END; GITHUB_APP_PRIVATE_KEY_FILE takes a file name',
      permanent: true,
    });
  };
  if (pem === '') refuse('is empty');
  if (!/^-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) refuse('does not begin with -----BEGIN … PRIVATE KEY-----');
  if (!/-----END [A-Z ]*PRIVATE KEY-----$/.test(pem)) refuse('is cut off: the END line is missing');
  try {
    createPrivateKey(pem);
  } catch {
    refuse('has the right first and last line but is not a readable key');
  }
  return pem;
}

/** `owner/name`, split. */
export function splitRepo(repo: string): { owner: string; repo: string } {
  const [owner = '', name = ''] = repo.split('/');
  if (!REPO.test(repo) || /^\.+$/.test(name)) {
    throw new Failure('E_CONFIG', `"${repo.slice(0, 60)}" is not a repository; GitHub was not called`, {
      hint: 'write owner/name in services.yml → repo',
      permanent: true,
    });
  }
  return { owner, repo: name };
}

export function tokenCredentials(token: string): Credentials {
  checkToken(token);
  const credential = { token, purse: 'token' };
  return {
    forRepo: async () => credential,
    self: 'GET /rate_limit',
    forSelf: async () => credential,
    forget: () => {},
    secrets: () => [token],
    remedy: 'put a valid token into GITHUB_TOKEN',
  };
}

/**
 * The installation is looked up per repository and the token is narrowed to that one repository, so that a token that leaks
 * opens one door only. `app` is made on first use: nothing goes out before somebody calls.
 */
export function appCredentials(app: () => Promise<App>): Credentials {
  const installations = createInstallations(app);
  const stale = new Set<string>();
  const issued = createIssued();
  // auth-app types its answer as unknown; the documented answers for these two types always carry `token`.
  const auth = async (ask: object): Promise<string> => issued.add(((await (await app()).octokit.auth(ask)) as { token: string }).token);
  return {
    async forRepo(repo) {
      const installationId = await installations.find(repo);
      const refresh = stale.delete(repo);
      const token = await auth({ type: 'installation', installationId, repositoryNames: [splitRepo(repo).repo], refresh });
      return { token, purse: `installation ${installationId}` };
    },
    self: 'GET /app',
    forSelf: async () => ({ token: await auth({ type: 'app' }), purse: 'app' }),
    forget(repo) {
      installations.forget(repo);
      stale.add(repo);
    },
    secrets: issued.all,
    remedy: 'check GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY, that the App is installed on the repository, and the clock of this machine',
  };
}

/** Which installation of the App serves a repository; asked once, and again after a failure. */
function createInstallations(app: () => Promise<App>): { find(repo: string): Promise<number>; forget(repo: string): void } {
  const known = new Map<string, Promise<number>>();
  async function ask(repo: string): Promise<number> {
    const { octokit } = await app();
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/installation', splitRepo(repo));
    return data.id;
  }
  return {
    find(repo) {
      const found = known.get(repo) ?? ask(repo);
      known.set(repo, found);
      found.catch(() => known.delete(repo));
      return found;
    },
    forget: (repo) => void known.delete(repo),
  };
}

/** The newest tokens we handed out; older ones have expired. */
function createIssued(): { add(token: string): string; all(): readonly string[] } {
  const tokens = new Set<string>();
  return {
    add(token) {
      tokens.add(token);
      const [oldest] = tokens;
      if (tokens.size > ISSUED_MAX && oldest !== undefined) tokens.delete(oldest);
      return token;
    },
    all: () => [...tokens],
  };
}
