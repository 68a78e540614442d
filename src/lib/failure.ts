/** What nobody planned for, with enough said that a person can act. The list of codes is closed; docs/errors.md explains each. */
export const CODES = {
  // what comes in over HTTP
  E_AUTH: 401,
  E_STALE: 401,
  E_JSON_SYNTAX: 400,
  E_UTF8: 400,
  E_HEADER: 400,
  E_MEDIA_TYPE: 415,
  E_TOO_LARGE: 413,
  E_JSON_DEPTH: 422,
  E_SCHEMA: 422,
  E_TIME_RANGE: 422,
  E_NOT_FOUND: 404,
  E_METHOD: 405,
  E_STORE: 503,
  E_DRAINING: 503,
  // what people type
  E_ARGS: 400,
  E_TAG_SYNTAX: 400,
  E_TAG_UNKNOWN: 400,
  E_NOOP: 400,
  E_FORWARD: 400,
  E_REPO_NOT_ALLOWED: 400,
  E_CONTEXT: 400,
  E_UNKNOWN_COMMAND: 400,
  E_UNKNOWN_INCIDENT: 404,
  E_UNKNOWN_SERVICE: 400,
  E_NOT_ALLOWED: 403,
  E_NOT_NOW: 409,
  E_EXPIRED: 409,
  E_EVIDENCE: 400,
  E_FILE_TYPE: 400,
  E_URL_BLOCKED: 400,
  E_URL_SCHEME: 400,
  E_URL_HOST: 400,
  E_URL_CREDENTIALS: 400,
  // playbooks and services.yml
  E_PLAYBOOK_EMPTY: 422,
  E_PLAYBOOK_KEY: 422,
  E_PLAYBOOK_STEP: 422,
  E_PLAYBOOK_ID: 422,
  E_PLAYBOOK_REF: 422,
  E_PLAYBOOK_CYCLE: 422,
  E_PLAYBOOK_TYPE: 422,
  E_PLAYBOOK_POLICY: 422,
  E_PLAYBOOK_DURATION: 422,
  E_PLAYBOOK_CONDITION: 422,
  E_YAML_SYNTAX: 422,
  E_YAML_ALIASES: 422,
  E_YAML_DEPTH: 422,
  E_YAML_TAG: 422,
  E_YAML_CYCLE: 422,
  E_REGEX_UNSAFE: 422,
  E_REGEX_SYNTAX: 422,
  E_TEMPLATE: 422,
  E_SLACK_LIMIT: 422,
  E_CONFIG: 78,
  // the outside
  E_SLACK: 502,
  E_SLACK_LIMITED: 429,
  E_SLACK_AUTH: 502,
  E_SLACK_SCOPE: 502,
  E_GITHUB: 502,
  E_GITHUB_AUTH: 502,
  E_GITHUB_PERMISSION: 502,
  E_GITHUB_LIMITED: 429,
  E_GITHUB_REFUSED: 422,
  E_GITHUB_BUDGET: 429,
  E_METRICS: 502,
  E_LOGS: 502,
  E_PROBE: 502,
  E_TIMEOUT: 504,
  E_PLAN_MOVED: 409,
  E_PREFLIGHT: 409,
  E_BUSY: 409,
  E_UNCLEAR: 502,
  E_INTERNAL: 500,
} as const;

export type Code = keyof typeof CODES;

export interface FailureDetails {
  /** What to do about it, as an instruction. */
  readonly hint?: string;
  /** Where in the input: `alerts.0.labels.severity`, or `error-rate.yml:7:3`. */
  readonly path?: string;
  /** The call surely did nothing and may be repeated at this time (ms since 1970). */
  readonly retryAt?: number;
  /** The call may have done its work although no answer came; look before repeating. */
  readonly unclear?: boolean;
  /** Trying again can never help. */
  readonly permanent?: boolean;
  readonly cause?: unknown;
}

export class Failure extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  readonly path: string | undefined;
  readonly retryAt: number | undefined;
  readonly unclear: boolean;
  readonly permanent: boolean;

  constructor(code: Code, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.code = code;
    this.hint = details.hint;
    this.path = details.path;
    this.retryAt = details.retryAt;
    this.unclear = details.unclear ?? false;
    this.permanent = details.permanent ?? false;
  }
}
