// The brand is a symbol: JSON from outside can never carry it, so text can never pass for markup.
const brand: unique symbol = Symbol('markup');

/** Markup that is safe to send. Only `html` and `trusted` make one; every other value is escaped where it is put in. */
export interface Html {
  readonly [brand]: string;
}

export type Piece = Html | string | number | boolean | undefined | null | readonly Piece[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '`': '&#96;' };

/** Text for element content and for quoted attributes alike. NUL and lone surrogates have no place in a page. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replace(/[&<>"'`]/g, (sign) => ENTITIES[sign] ?? '');
}

/** Takes `markup` as it is; for markup that was written by this program. */
export function trusted(markup: string): Html {
  return { [brand]: markup };
}

export function markupOf(piece: Piece): string {
  if (piece === undefined || piece === null || typeof piece === 'boolean') return '';
  if (typeof piece === 'string') return escapeHtml(piece);
  if (typeof piece === 'number') return String(piece);
  return brand in piece ? piece[brand] : piece.map(markupOf).join('');
}

/** A template whose holes are escaped unless they are `Html` themselves; lists are joined, `false` and `undefined` vanish. */
export function html(parts: TemplateStringsArray, ...holes: readonly Piece[]): Html {
  return trusted(parts.reduce((done, part, n) => done + markupOf(holes[n - 1]) + part));
}

/** ` name="value"`, or nothing when there is no value; `true` gives the bare name. The value is always quoted and escaped. */
export function attributes(values: Readonly<Record<string, string | number | boolean | undefined>>): Html {
  const written = Object.entries(values).map(([name, value]) => {
    if (value === undefined || value === false) return '';
    return value === true ? ` ${name}` : ` ${name}="${escapeHtml(String(value))}"`;
  });
  return trusted(written.join(''));
}

/** The address when it is plain http or https, otherwise undefined: `javascript:`, `data:` and the like never become links. */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : undefined;
}

/** Every link of the playground leaves in a new tab and takes nothing along. */
export function link(address: string, label: Piece): Html {
  const href = safeUrl(address);
  return href === undefined ? html`${label}` : html`<a href="${href}" target="_blank" rel="noopener noreferrer nofollow">${label}</a>`;
}
