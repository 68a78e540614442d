/** Octokit with everything switched off that would act on its own. Loaded by the first call: it costs start-up 0.1 s and 19 MB. */
import type { App, Octokit } from 'octokit';
import type { Auth } from './credentials.ts';
import type { Answer } from './refusal.ts';
import { type Fetch, type Lost, lost, Moved, pinnedFetch } from './transport.ts';

export interface Octokits {
  /** Carries no credential; each call brings its own. */
  plain(): Promise<Octokit>;
  app(): Promise<App>;
}
export type Reply = Answer | Lost | { readonly kind: 'moved'; readonly status: number; readonly message: string };

interface Settings {
  readonly baseUrl: string;
  readonly auth: Auth;
  readonly userAgent?: string;
  readonly fetch?: Fetch;
  readonly log: { readonly debug: (fields: object, message: string) => void };
}

export function lazyOctokits(settings: Settings): Octokits {
  let plain: Promise<Octokit> | undefined;
  let app: Promise<App> | undefined;
  const makeClass = async (): Promise<{ Kind: typeof Octokit; AppKind: typeof App }> => {
    const { Octokit: All, App: AppKind } = await import('octokit');
    // octokit would repeat POSTs after a 5xx and sleep until a limit resets, then fire: both plugins are off.
    const off = { retry: { enabled: false }, throttle: { enabled: false } };
    // Its warnings may quote what a server sent; they are for developers.
    const say = (text: string): void => settings.log.debug({ length: text.length }, 'octokit had something to say');
    const log = { debug: () => {}, info: () => {}, warn: say, error: say };
    const request = { fetch: pinnedFetch(new URL(settings.baseUrl).origin, settings.fetch) };
    const Kind = All.defaults({ ...off, log, request, baseUrl: settings.baseUrl, userAgent: settings.userAgent ?? 'tagback' });
    return { Kind: Kind as typeof All, AppKind }; // defaults() keeps the class; its type only narrows the constructor
  };
  return {
    plain() {
      plain ??= makeClass().then(({ Kind }) => new Kind());
      return plain;
    },
    app() {
      const { auth } = settings;
      if (auth.kind !== 'app') throw new TypeError('asked for the App of a token'); // the two kinds never mix: see createGitHub
      app ??= makeClass().then(({ Kind, AppKind }) => new AppKind({ appId: auth.appId, privateKey: auth.privateKey, Octokit: Kind }));
      return app;
    },
  };
}

/** Whatever octokit threw, as a value. Its own error object, which carries the request, is let go. */
export function replyOf(error: unknown): Reply {
  const moved = causeOf(error);
  if (moved !== undefined) return { kind: 'moved', status: moved.status, message: moved.message };
  if (error instanceof Error && 'response' in error && 'status' in error && typeof error.status === 'number' && isResponse(error.response)) {
    return { kind: 'answer', status: error.status, headers: error.response.headers, data: error.response.data };
  }
  return lost(error);
}

function causeOf(error: unknown): Moved | undefined {
  if (error instanceof Moved) return error;
  return error instanceof Error && error.cause instanceof Moved ? error.cause : undefined;
}

function isResponse(value: unknown): value is { headers: Answer['headers']; data: unknown } {
  return typeof value === 'object' && value !== null && 'headers' in value && typeof value.headers === 'object' && value.headers !== null;
}
