import { type Html, html, link } from './html.ts';

const DATE_FORMATS: Readonly<Record<string, Intl.DateTimeFormatOptions>> = {
  date_num: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date_slash: { year: 'numeric', month: '2-digit', day: '2-digit' },
  date: { month: 'long', day: 'numeric', year: 'numeric' },
  date_short: { month: 'short', day: 'numeric', year: 'numeric' },
  date_long: { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' },
  date_long_full: { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' },
  date_pretty: { month: 'long', day: 'numeric' },
  date_short_pretty: { month: 'short', day: 'numeric' },
  date_long_pretty: { weekday: 'long', month: 'long', day: 'numeric' },
  day_divider_pretty: { weekday: 'long', month: 'long', day: 'numeric' },
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  full: { dateStyle: 'full', timeStyle: 'medium' },
  time_secs: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
};

export interface Zone {
  readonly now: number;
  readonly timeZone: string;
}

// Making a formatter takes longer than formatting a hundred dates with it.
const made = new Map<string, Intl.DateTimeFormat>();

function shown(at: number, name: string, timeZone: string): string {
  const key = `${name} ${timeZone}`;
  const known = made.get(key);
  const formatter = known ?? new Intl.DateTimeFormat('en-GB', { ...DATE_FORMATS[name], timeZone });
  if (known === undefined) made.set(key, formatter);
  return formatter.format(at);
}

/** `09:41` */
export function clockTime(at: number, timeZone: string): string {
  return shown(at, 'time', timeZone);
}

/** `Today`, `Yesterday` or `Monday 16 November`; also what decides whether two messages share a day. */
export function dayName(at: number, zone: Zone): string {
  const day = shown(at, 'day_divider_pretty', zone.timeZone);
  if (day === shown(zone.now, 'day_divider_pretty', zone.timeZone)) return 'Today';
  return day === shown(zone.now - 86_400_000, 'day_divider_pretty', zone.timeZone) ? 'Yesterday' : day;
}

/** `just now`, `4 min ago`, `in 20 s`, `in 2 h` */
export function ago(at: number, now: number): string {
  const aheadMs = at - now;
  if (aheadMs >= 1_000 && aheadMs < 60_000) return `in ${Math.floor(aheadMs / 1_000)} s`;
  const minutes = Math.round(Math.abs(aheadMs) / 60_000);
  if (minutes === 0) return 'just now';
  const amount = minutes < 60 ? `${minutes} min` : minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1440)} days`;
  return at > now ? `in ${amount}` : `${amount} ago`;
}

// Slack's `pretty` forms say today, yesterday and tomorrow where they fit.
function pretty(token: string, at: number, zone: Zone): string {
  const name = dayName(at, zone);
  return token.endsWith('_pretty') && (name === 'Today' || name === 'Yesterday') ? name : shown(at, token, zone.timeZone);
}

/** Slack's `<!date^ts^format^link|fallback>` without the angle brackets; what it cannot read becomes the fallback. */
export function slackDate(token: string, fallback: string, zone: Zone): Html {
  const [, seconds = '', format = '', address = ''] = token.split('^');
  const at = Number(seconds) * 1000;
  // 8.64e15 ms is the last instant a Date can hold (ECMA-262).
  if (!/^-?\d{1,13}$/.test(seconds) || Math.abs(at) > 8.64e15) return html`${fallback}`;
  const text = format.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === 'ago') return ago(at, zone.now);
    return Object.hasOwn(DATE_FORMATS, name) ? pretty(name, at, zone) : whole;
  });
  const full = shown(at, 'full', zone.timeZone);
  const time = html`<time datetime="${new Date(at).toISOString()}" title="${full}">${text}</time>`;
  return address === '' ? time : link(address, time);
}
