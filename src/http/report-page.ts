/** The form for people without Slack, as HTML. Pure; no script, nothing loaded from anywhere, everything from outside escaped. */
import { hash } from 'node:crypto';
import type { HttpAnswer } from './answer.ts';

export interface ReportFields {
  readonly service: string;
  readonly url: string;
  readonly description: string;
  readonly name: string;
}
export const NO_FIELDS: ReportFields = { service: '', url: '', description: '', name: '' };

export interface ReportForm {
  readonly services: readonly string[];
  /** Proves that the form came from us. */
  readonly ticket: string;
  readonly fields: ReportFields;
  /** What is wrong, by field; `form` for the whole. */
  readonly wrong: Readonly<Partial<Record<keyof ReportFields | 'form', string>>>;
}

export const DESCRIPTION_MAX_CHARS = 2_000;
export const URL_MAX_CHARS = 2_000;
export const NAME_MAX_CHARS = 80;

const STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ground: #f4f5f7; --ink: #1c2430; --soft: #5b6676; --line: #c9d0da; --deed: #1f5fbf; --wrong: #b3261e; --well: #1a7f4b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1a2029; --ground: #11151b; --ink: #e8ecf2; --soft: #9aa6b6; --line: #3a4554; --deed: #6ea8ff; --wrong: #ff8a80; --well: #5fd39a; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; padding: 2rem 1rem; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 1.75rem; background: var(--paper); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.25; }
p { margin: 0 0 1.25rem; color: var(--soft); overflow-wrap: anywhere; }
label { display: block; margin: 1rem 0 .3rem; font-weight: 600; }
label span { color: var(--soft); font-weight: 400; }
input, select, textarea { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line); border-radius: 8px; }
textarea { min-height: 8rem; resize: vertical; }
:focus-visible { outline: 3px solid var(--deed); outline-offset: 1px; }
[aria-invalid=true] { border-color: var(--wrong); }
.wrong { margin: .3rem 0 0; color: var(--wrong); }
.well { color: var(--well); }
button { margin-top: 1.5rem; width: 100%; padding: .75rem; font: inherit; font-weight: 600; color: var(--paper); background: var(--deed); border: 0; border-radius: 8px; cursor: pointer; }
`;

/** The style is named by its hash, so that no other can be put in; a form goes nowhere but here. */
const POLICY = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

export function page(
  status: number,
  shown: { readonly title: string; readonly body: string; readonly headers?: Readonly<Record<string, string>> },
): HttpAnswer {
  const { title, body, headers } = shown;
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      ...headers,
    },
    body: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}</main></body>
</html>
`,
  };
}

export const words = (text: string, kind?: 'well'): string => `<p${kind ? ` class="${kind}"` : ''}>${escaped(text)}</p>\n`;

export function formBody({ services, ticket, fields, wrong }: ReportForm): string {
  const options = services.map((name) => `<option value="${escaped(name)}"${name === fields.service ? ' selected' : ''}>${escaped(name)}</option>`).join('');
  const about = (field: keyof ReportFields): string => (wrong[field] === undefined ? '' : ` aria-invalid="true" aria-describedby="${field}-wrong"`);
  const because = (field: keyof ReportFields): string =>
    wrong[field] === undefined ? '' : `<p class="wrong" id="${field}-wrong" role="alert">${escaped(wrong[field])}</p>\n`;
  return `<p>It reaches the people on call at once. The exact address that fails helps most.</p>
${wrong.form === undefined ? '' : `<p class="wrong" role="alert">${escaped(wrong.form)}</p>\n`}<form method="post" action="/report" accept-charset="utf-8">
<input type="hidden" name="ticket" value="${escaped(ticket)}">
<label for="description">What goes wrong?</label>
<textarea id="description" name="description" required maxlength="${DESCRIPTION_MAX_CHARS}"${about('description')}>
${escaped(fields.description)}</textarea>
${because('description')}<label for="url">Address <span>(where you see it)</span></label>
<input id="url" name="url" type="url" inputmode="url" maxlength="${URL_MAX_CHARS}" placeholder="https://" value="${escaped(fields.url)}"${about('url')}>
${because('url')}<label for="service">Service</label>
<select id="service" name="service"${about('service')}><option value="">I do not know</option>${options}</select>
${because('service')}<label for="name">Your name <span>(so that we can ask back)</span></label>
<input id="name" name="name" autocomplete="name" maxlength="${NAME_MAX_CHARS}" value="${escaped(fields.name)}"${about('name')}>
${because('name')}<button>Report it</button>
</form>
`;
}

export const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign] ?? '');
