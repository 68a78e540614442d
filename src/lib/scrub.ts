/**
 * Takes secrets out of text that leaves us: log lines, excerpts for Slack and GitHub, the timeline, error messages.
 * Known formats first (they say what was found), then `name=value` pairs, then what merely looks like a key.
 * Every quantifier is bounded or disjoint from what follows, so the time grows with the length of the text and no faster.
 */

interface Rule {
  /** One of these, in small letters, stands in every text the rule finds something in; most lines hold none, and cost nothing more. */
  readonly hints: readonly string[];
  readonly find: RegExp;
  readonly put: string;
}
const rule = (hints: string, find: RegExp, put: string): Rule => ({ hints: hints.split(' '), find, put });

// Formats: GitHub docs "GitHub's token formats"; Slack docs "tokens"; AWS IAM "unique identifiers"; RFC 7519; RFC 7468; each vendor's own words on its keys.
const RULES: readonly Rule[] = [
  rule('-----begin', /-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE)[A-Z0-9 ]{0,20}-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,60}-----|$)/g, '[REDACTED:pem]'),
  rule('ghp_ gho_ ghu_ ghs_ ghr_ github_pat_', /\b(?:gh[pousr]_[A-Za-z0-9_.-]{16,1024}|github_pat_[A-Za-z0-9_]{20,255})/g, '[REDACTED:github]'),
  rule('xox xapp-', /\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[A-Za-z0-9-]{8,512}/g, '[REDACTED:slack]'),
  rule('hooks.slack.com/', /(\bhooks\.slack\.com\/(?:services|workflows|triggers)\/)[A-Za-z0-9/_-]{8,200}/g, '$1[REDACTED:slack]'),
  rule('akia asia aroa aida', /\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b/g, '[REDACTED:aws]'),
  rule('eyj', /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,2048})?/g, '[REDACTED:jwt]'),
  rule('_live_ _test_ whsec_', /\b(?:(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,200}|whsec_[A-Za-z0-9+/=]{16,200})/g, '[REDACTED:stripe]'),
  rule('sk-', /\bsk-(?:[a-z]{2,10}-)?[A-Za-z0-9_-]{20,200}/g, '[REDACTED:key]'),
  rule('aiza ya29. gocspx-', /\b(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,1024}|GOCSPX-[A-Za-z0-9_-]{20,64})/g, '[REDACTED:google]'),
  rule('glpat- gldt- glrt-', /\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{16,64}/g, '[REDACTED:gitlab]'),
  rule('npm_', /\bnpm_[A-Za-z0-9]{36}\b/g, '[REDACTED:npm]'),
  rule('pypi-', /\bpypi-[A-Za-z0-9_-]{32,1024}/g, '[REDACTED:pypi]'),
  rule(
    'sg. shpat_ shpss_ dop_v1_ doo_v1_ hf_ dckr_pat_ hvs. hvb. glsa_ glc_ lin_api_ nrak- dapi atatt3 age-secret-key-1 key-',
    /\b(?:SG\.[\w-]{16,64}\.[\w-]{16,128}|shp(?:at|ss)_[a-fA-F0-9]{32}|do[op]_v1_[a-f0-9]{64}|hf_[A-Za-z0-9]{30,64}|dckr_pat_[\w-]{20,64}|hv[sb]\.[\w-]{20,256}|gl(?:sa|c)_[\w=-]{20,256}|lin_api_\w{30,64}|NRAK-[A-Z0-9]{20,40}|dapi[a-f0-9]{32}|ATATT3[\w=-]{20,400}|AGE-SECRET-KEY-1[A-Z0-9]{50,64}|key-[a-f0-9]{32})/g,
    '[REDACTED:key]',
  ),
  rule(':aa', /\b\d{8,10}:AA[\w-]{33}\b/g, '[REDACTED:token]'),
  rule(
    'authorization',
    /\b(authorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?(?:(?:Bearer|Basic|Token|Negotiate)\s{1,3})?)(?!\[|(?:Bearer|Basic|Token|Negotiate)\s{1,3}\[)[^\s"',;]{4,4096}/gi,
    '$1[REDACTED:authorization]',
  ),
  // A word of prose after "basic" or "token" has no digit and no sign in it.
  rule(
    'bearer basic token negotiate',
    /\b(Bearer|Basic|Token|Negotiate)(\s{1,3}|%20)(?=[A-Za-z+/]{0,200}[\d=_~-]|[A-Za-z+/]{20})[A-Za-z0-9+/=_.~-]{8,4096}/gi,
    '$1$2[REDACTED:authorization]',
  ),
  rule('cookie', /\b((?:set-)?cookie\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)(?=[\w.-]{1,80}=)[^\r\n"']{3,4096}/gi, '$1[REDACTED:cookie]'),
  // The password of a URL; the user name stays, it helps to find whose it was.
  rule('://', /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>[\]]{0,200}:)[^\s/@"'<>]{1,400}@/gi, '$1[REDACTED:password]@'),
  rule('://', /\b([a-z][a-z0-9+.-]{1,20}:\/\/)[A-Za-z0-9_-]{20,400}@/gi, '$1[REDACTED:password]@'),
];

// Names whose value is a secret: `DB_PASSWORD=…`, `"apiKey": "…"`, `?access_token=…`, `--client-secret …`. Long words are taken
// wherever they end a name; short ones only as a whole word of it, else `compass: north` would lose its north.
const LONG_NAME = 'passw(?:or)?d|passphrase|passcode|secret|credentials?|token|(?:api|access|private|signing|account|auth|encryption)[_-]?key';
const SHORT_NAME = '(?<![A-Za-z])(?:pass|pwd|sig|signature|otp|session[_-]?id|sid)';
const VALUE = String.raw`\\?"(?:[^"\\]|\\(?!"[,}\s]).){1,4096}\\?"|\\?'[^'\r\n]{1,4096}'|[^\s"'&,;)}\]]{1,4096}`;
const PAIR = new RegExp(`((?:${LONG_NAME}|${SHORT_NAME})(?:[_-]?(?:value|hash|b64|base64))?)(\\\\?["']?\\s{0,3}(?:=>|[:=])\\s{0,3}|%3D)(${VALUE})`, 'gi');
const FLAG = new RegExp(`(--?[a-z0-9-]{0,40}(?:${LONG_NAME}))(\\s+)(?!-)(${VALUE})`, 'gi');

// `token: expired`, `password = null`, `secret=<hidden>`: what stands there is no secret.
const HARMLESS =
  /^\\?["']?(?:null|nil|none|undefined|true|false|yes|no|on|off|missing|expired|invalid|required|empty|unset|changed|rejected|denied|revoked|valid|ok|string|\d{1,6}|\*+|[xX]{3,}|<[^>]*>|\$\{[^}]*\}?|\$[A-Z_]+|\{\{.*|%[sdvq]|\[.*|\.{3}|…|[-{(<])\\?["']?[.!?:]?$/i;

// The least that any name above holds.
const NAMES = ['pass', 'pwd', 'secret', 'credential', 'token', 'key', 'sig', 'otp', 'session', 'sid'];

/** The text with every secret we can recognise replaced by `[REDACTED:type]`. Scrubbing twice changes nothing more. */
export function scrub(text: string): string {
  let clean = text;
  const marks = marksOf(text);
  if (marks !== 0) {
    for (const [at, { find, put }] of RULES.entries()) if ((marks & (1 << at)) !== 0) clean = clean.replace(find, put);
    if ((marks & NAMED) !== 0) {
      clean = clean.replace(PAIR, (whole, name: string, sign: string, value: string) =>
        isHarmless(name, sign, value) ? whole : `${name}${sign}${mask(name, value)}`,
      );
      if (text.includes('-'))
        clean = clean.replace(FLAG, (whole, name: string, space: string, value: string) =>
          HARMLESS.test(value) ? whole : `${name}${space}${mask(name, value)}`,
        );
    }
  }
  return maskRandom(clean);
}

// A bit for each rule, in their order, and above them one for the names.
const NAMED = 1 << RULES.length;
interface Hint {
  readonly text: string;
  readonly mark: number;
}
/** By what three characters make of their lowest five bits, which are the same for small and capital letters: the hints that begin with them. */
const BEGINNINGS: readonly (readonly Hint[] | undefined)[] = beginningsOf([
  ...RULES.flatMap(({ hints }, at) => hints.map((text) => ({ text, mark: 1 << at }))),
  ...NAMES.map((text) => ({ text, mark: NAMED })),
]);
const IS_BEGINNING = Uint8Array.from(BEGINNINGS, (hints) => (hints ? 1 : 0));

function beginningsOf(hints: readonly Hint[]): readonly (readonly Hint[] | undefined)[] {
  const found = new Array<Hint[] | undefined>(1 << 15).fill(undefined);
  for (const hint of hints) {
    const key = [0, 1, 2].reduce((bits, at) => (bits << 5) | (hint.text.charCodeAt(at) & 31), 0);
    found[key] = [...(found[key] ?? []), hint];
  }
  return found;
}

/** The rules one of whose hints stands in the text, whatever its case: one look at each character instead of a search for each hint. */
function marksOf(text: string): number {
  let marks = 0;
  let last = 0;
  for (let at = 0; at < text.length; at++) {
    last = ((last << 5) | (text.charCodeAt(at) & 31)) & 0x7fff;
    if (IS_BEGINNING[last] !== 1) continue;
    for (const { text: hint, mark } of BEGINNINGS[last] ?? []) if ((marks & mark) === 0 && standsAt(text, hint, at - 2)) marks |= mark;
  }
  return marks;
}

/** A hint holds no capital letters. */
function standsAt(text: string, hint: string, start: number): boolean {
  if (start < 0) return false;
  for (let at = 0; at < hint.length; at++) {
    const code = text.charCodeAt(start + at);
    if ((code >= 65 && code <= 90 ? code + 32 : code) !== hint.charCodeAt(at)) return false;
  }
  return true;
}

/** By code unit: may it stand in a key? Letters, digits, `+ / _ -`. */
const IN_KEY = Uint8Array.from({ length: 128 }, (_, code) => (/[A-Za-z0-9+/_-]/.test(String.fromCharCode(code)) ? 1 : 0));
const SHORTEST_KEY = 32;

/** Runs of such characters, with up to two `=`, that look random. By hand: a regular expression looks at each run once per character of it. */
function maskRandom(text: string): string {
  let out = '';
  let copied = 0;
  for (let at = SHORTEST_KEY - 1; at < text.length; at += SHORTEST_KEY) {
    // Every run that is long enough crosses one of these places.
    if (IN_KEY[text.charCodeAt(at)] !== 1) continue;
    let start = at;
    while (start > copied && IN_KEY[text.charCodeAt(start - 1)] === 1) start--;
    let end = at + 1;
    while (IN_KEY[text.charCodeAt(end)] === 1) end++;
    if (end - start >= SHORTEST_KEY) {
      for (let signs = 0; signs < 2 && text[end] === '='; signs++) end++;
      if (looksRandom(text.slice(start, end))) {
        out += `${text.slice(copied, start)}[REDACTED:key]`;
        copied = end;
      }
    }
    // On to the first such place behind the run.
    at = Math.max(at, end - (end % SHORTEST_KEY) - 1);
  }
  return copied === 0 ? text : out + text.slice(copied);
}

function isHarmless(name: string, sign: string, value: string): boolean {
  if (HARMLESS.test(value)) return true;
  // `Unexpected token: identifier`: prose has a blank after the colon and a plain word; passwords are plain words, too.
  const prose = /^["']?:\s+$/.test(sign) && /^[A-Za-z'’-]{1,14}[.,:!?]?$/.test(value);
  return prose && !/pass|pwd|secret/i.test(name);
}

/** Keeps the quotes, so that a line of JSON stays one. */
function mask(name: string, value: string): string {
  const quote = /^\\?["']/.exec(value)?.[0] ?? '';
  return `${quote}[REDACTED:${typeOf(name)}]${value.length > quote.length && value.endsWith(quote) ? quote : ''}`;
}

function typeOf(name: string): string {
  if (/pass|pwd|otp/i.test(name)) return 'password';
  if (/token|session|sid/i.test(name)) return 'token';
  return /secret|credential/i.test(name) ? 'secret' : 'key';
}

/** Random letters and digits, as keys are; not hashes and ids in hex, paths, identifiers or words. */
function looksRandom(text: string): boolean {
  if (/^[0-9a-f-]+$/i.test(text) || /^[\d_=+/-]+$/.test(text) || entropy(text) < 3.7 || isWordy(text)) return false;
  const isMixed = count(text, /[A-Z]/g) >= 2 && count(text, /[a-z]/g) >= 2;
  // One case only: keys have digits all over and no separators; names of pods and hosts have separators.
  const digits = count(text, /\d/g);
  return isMixed || (digits >= 5 && digits / text.length < 0.8 && !/[-_/]/.test(text));
}

// The hundred most frequent pairs of letters of English: about 80 % of the pairs in words, 15 % of those in random letters.
const PAIRS = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma ' +
    'si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow'
  ).split(' '),
);

/** Words, identifiers and paths consist of runs of letters of one case, and of pairs of letters that are frequent in words. */
function isWordy(text: string): boolean {
  const segments = text.split('/');
  if (segments.length > 2 && segments.filter((segment) => /^[A-Z]?[a-z]*[\d._-]{0,6}[a-z]*$/.test(segment)).length / segments.length > 0.6) return true;
  const inRuns = (text.match(/[A-Z]?[a-z]{3,}|[A-Z]{3,}/g) ?? []).join('').length / text.length;
  return inRuns > 0.8 || (inRuns > 0.5 && frequentPairs(text.toLowerCase()) > 0.42);
}

function frequentPairs(text: string): number {
  const pairs = Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2)).filter((pair) => /^[a-z]{2}$/.test(pair));
  return pairs.length === 0 ? 0 : pairs.filter((pair) => PAIRS.has(pair)).length / pairs.length;
}

const count = (text: string, of: RegExp): number => text.match(of)?.length ?? 0;

/** Shannon entropy in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((bits, n) => bits - (n / text.length) * Math.log2(n / text.length), 0);
}

const PEM_LINE = /-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE)/;
// A 8192-bit key has about 100 lines; a block that never ends must not swallow the log.
const PEM_MOST_LINES = 120;

/** The same for the lines of one log, one after the other: a PEM block may go over many of them. */
export function lineScrubber(): (line: string) => string {
  let pemLines = 0;
  return (line) => {
    // Dashes begin and end a block: without them, and outside of one, nothing changes.
    if (pemLines === 0 && !line.includes('-----')) return scrub(line);
    const begins = PEM_LINE.test(line);
    const isInside = pemLines > 0 && !begins;
    if (begins) pemLines = PEM_MOST_LINES;
    if (line.includes('-----END ')) pemLines = 0;
    else if (isInside) pemLines--;
    return isInside ? '[REDACTED:pem]' : scrub(line);
  };
}
