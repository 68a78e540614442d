/** Whatever a Slack call ended with → one `Failure` that says what is certain: nothing was done, perhaps done, can never work. */
import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import type { Instant } from '../core/model.ts';
import { Failure } from '../lib/failure.ts';

export interface Attempt {
  readonly method: string;
  readonly channel: string | undefined;
  readonly write: boolean;
  readonly now: Instant;
  /** The setting whose token was used. */
  readonly tokenName?: 'SLACK_BOT_TOKEN' | 'SLACK_APP_TOKEN';
}

/** The token is not accepted; no call can work until somebody changes it (docs.slack.dev, errors common to all methods). */
const TOKEN_DEAD: ReadonlySet<string> = new Set([
  'invalid_auth',
  'not_authed',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'not_allowed_token_type',
  'org_login_required',
  'ekm_access_denied',
  'enterprise_is_restricted',
  'team_access_not_granted',
  'two_factor_setup_required',
  'user_removed_from_team',
  'app_not_installed',
  'invalid_app_id',
]);
const SCOPE: ReadonlySet<string> = new Set(['missing_scope', 'no_permission', 'access_denied']);
const LIMITED: ReadonlySet<string> = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded', 'accesslimited']);
/** Slack's own trouble; a write may have happened. */
const SLACK_ILL: ReadonlySet<string> = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'server_error',
]);

const HINTS: Readonly<Record<string, string>> = {
  channel_not_found: 'check that the channel exists and that the bot is in it',
  not_in_channel: 'invite the bot to the channel',
  is_archived: 'unarchive the channel or open a new one',
  is_inactive: 'unarchive the channel or open a new one',
  restricted_action: 'ask a workspace admin to let apps do this, see Settings & permissions',
  invalid_blocks: 'run `npx tagback doctor`; report this as a bug of Tagback',
  user_not_found: 'check the Slack ids in services.yml',
  subteam_not_found: 'check the user-group ids (S…) in services.yml',
  no_such_subteam: 'check the user-group ids (S…) in services.yml',
  expired_trigger_id: 'click again; Slack gives us 3 seconds to open a form',
};

/** Errors with a cure outside the call, or none at all: trying the same call again is pointless. */
const PERMANENT =
  /^(channel_not_found|not_in_channel|is_archived|is_inactive|already_archived|restricted_action.*|cannot_create_channel|invalid_.*|no_text|msg_too_long|msg_blocks_too_long|too_many_.*|message_not_found|cant_update_message|edit_window_closed|block_mismatch|update_failed|name_taken|users?_not_found|no_user|user_not_visible|cant_invite.*|user_is_restricted|user_is_ultra_restricted|ura_max_channels|user_disabled|no_such_subteam|subteam_not_found|expired_trigger_id|exchanged_trigger_id|trigger_expired|view_too_large|push_limit_reached|hash_conflict|not_found|not_enabled|feature_disabled|metadata_.*|missing_.*|unknown_method|method_deprecated|deprecated_endpoint|method_not_supported_for_channel_type|plan_upgrade_required|paid_teams_only|permission_denied|not_supported|unsupported_.*|user_not_in_channel|messages_tab_disabled|slack_connect_.*|file_not_found|posting_to_.*|markdown_text_conflict|restricted_too_many|as_user_not_supported|ekm_.*|team_not_found|external_channel_migrating|thread_not_found|cannot_reply_to_message|not_reactable|already_.*|bookmark_not_found)$/;

export function toFailure(error: unknown, at: Attempt): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof WebAPIRateLimitedError) return limited(at, error.retryAfter);
  if (error instanceof WebAPIPlatformError) return platform(error, at);
  if (error instanceof WebAPIHTTPError) {
    if (error.statusCode === 429) return limited(at, Number(error.headers['retry-after']) || undefined);
    // 4xx of a gateway: the call did not reach Slack's code; 5xx: it may have.
    const unclear = at.write && error.statusCode >= 500;
    return new Failure('E_SLACK', `${where(at)} was answered with HTTP ${error.statusCode}; ${left(unclear)}`, {
      unclear,
      hint: 'see https://slack-status.com',
    });
  }
  if (error instanceof WebAPIRequestError) return cutLine(error.original, at);
  // A 429 without a usable Retry-After reaches us as a bare Error (web-api 8.2, WebClient.js).
  if (error instanceof Error && error.message.startsWith('Retry header did not contain')) return limited(at, undefined);
  return cutLine(error, at);
}

function platform(error: WebAPIPlatformError, at: Attempt): Failure {
  const word = error.data.error;
  // An HTML page of a proxy arrives here as the "error"; never show it.
  if (typeof word !== 'string' || !/^[a-z0-9_]{1,80}$/i.test(word)) {
    const unclear = at.write;
    return new Failure('E_SLACK', `${where(at)} was answered with something that is not Slack's JSON; ${left(unclear)}`, {
      unclear,
      hint: 'a proxy may stand between; check SLACK_API_URL',
    });
  }
  if (LIMITED.has(word)) return limited(at, error.data.response_metadata?.retryAfter);
  if (TOKEN_DEAD.has(word)) {
    return new Failure('E_SLACK_AUTH', `Slack does not accept ${at.tokenName ?? 'SLACK_BOT_TOKEN'} (${word}) for ${at.method}; nothing was done`, {
      hint:
        at.tokenName === 'SLACK_APP_TOKEN'
          ? 'make an app-level token with connections:write under Basic Information and set SLACK_APP_TOKEN to it'
          : 'reinstall the app and set SLACK_BOT_TOKEN to the new token',
      path: word,
    });
  }
  if (SCOPE.has(word)) return scope(error, at, word);
  if (SLACK_ILL.has(word)) return new Failure('E_SLACK', `${where(at)}: Slack answered ${word}; ${left(at.write)}`, { unclear: at.write, path: word });
  const hint = HINTS[word];
  const pointer = /\[json-pointer:(\/[\w/-]{1,120})\]/.exec(error.data.response_metadata?.messages?.join(' ') ?? '')?.[1];
  return new Failure('E_SLACK', `Slack refused ${where(at)}: ${word}${pointer ? ` at ${pointer}` : ''}; nothing was done`, {
    permanent: PERMANENT.test(word),
    path: word,
    ...(hint && { hint }),
  });
}

function scope(error: WebAPIPlatformError, at: Attempt, word: string): Failure {
  // `needed` is in Slack's answer but not in the SDK's type.
  const needed = (error.data as { needed?: unknown }).needed;
  const name = typeof needed === 'string' && /^[a-z0-9_:.,]{1,200}$/i.test(needed) ? needed : undefined;
  return new Failure(
    'E_SLACK_SCOPE',
    name
      ? `${at.tokenName ?? 'SLACK_BOT_TOKEN'} lacks the scope ${name} for ${at.method}; nothing was done`
      : `Slack forbids ${at.method} (${word}); nothing was done`,
    {
      permanent: true,
      hint: 'add it under OAuth & Permissions (or re-import app-manifest.yml) and reinstall the app',
      path: name ?? word,
    },
  );
}

/** Without Retry-After we wait the 30 s that Slack's own guides name. */
function limited(at: Attempt, afterSeconds: number | undefined): Failure {
  const seconds = afterSeconds !== undefined && afterSeconds > 0 ? afterSeconds : 30;
  return new Failure('E_SLACK_LIMITED', `Slack limits ${where(at)} for ${seconds} s; nothing was done`, { retryAt: at.now + seconds * 1000 });
}

/** Codes of a connection that was never made: the request cannot have arrived. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CERT_.*|ERR_TLS_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/;

/** Never quotes the library's message: it may hold the token (an unusable header value does). */
function cutLine(error: unknown, at: Attempt): Failure {
  const words = causeWords(error);
  const timedOut = words.some((word) => word === 'TimeoutError' || word === 'AbortError');
  const code = words.find((word) => /^[A-Z][A-Z0-9_]+$/.test(word));
  const unclear = at.write && !(code !== undefined && NEVER_SENT.test(code));
  return new Failure('E_SLACK', `${where(at)}: ${timedOut ? 'no answer in time' : `the connection failed${code ? ` (${code})` : ''}`}; ${left(unclear)}`, {
    unclear,
    hint: 'see https://slack-status.com, and whether this machine reaches slack.com:443',
  });
}

function causeWords(error: unknown): string[] {
  const words: string[] = [];
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') words.push(cause.code);
    words.push(cause.name);
  }
  return words;
}

function where(at: Attempt): string {
  return at.channel ? `${at.method} in ${at.channel}` : at.method;
}
function left(unclear: boolean): string {
  return unclear ? 'it may have been done' : 'nothing was done';
}
