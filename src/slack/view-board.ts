/** The addresses people named, before and after the fix: one message, edited. */
import type { TableBlock } from '@slack/types';
import { type BoardRow, isWell, openedBefore, sayBoard, type UrlLook } from '../core/evidence.ts';
import type { Incident } from '../core/model.ts';
import { bold, escapeLine, escapeText, md, plainLine, utc } from './escape.ts';
import type { Message } from './view.ts';
import { context, section } from './view-parts.ts';

/** A reader knows an address by its beginning and its end. */
const URL_CHARS = 120;

export function board(incident: Incident): Message | undefined {
  const rows = incident.board;
  if (rows.length === 0) return undefined;
  const said = escapeText(`${sayBoard(rows)}.`, 300);
  const shut = rows.length - openedBefore(rows).length;
  const notes = [
    md`Opened by GET, once each time.`,
    ...(shut > 0 ? [md`Not opened: services.yml names no such host under ${escapeText('health.urls or evidence.probe_hosts')}.`] : []),
  ];
  return {
    text: md`Addresses of ${escapeLine(incident.id, 40)}: ${said}`,
    blocks: [section(md`🔗 ${bold(md`Addresses`)} · ${said}`), tableOf(rows), context(...notes)],
  };
}

const cell = (text: string): { type: 'raw_text'; text: string } => ({ type: 'raw_text', text: text || '–' });

function tableOf(rows: readonly BoardRow[]): TableBlock {
  const head = ['Address', `When named`, 'After the fix'].map(cell);
  const body = rows.map(({ url, before, after }) => [cell(middleOut(plainLine(url, 2_000))), cell(sayLook(before)), cell(after ? sayLook(after) : 'not yet')]);
  return { type: 'table', block_id: 'board', rows: [head, ...body], column_settings: [{ is_wrapped: true }] };
}

function middleOut(url: string): string {
  return url.length <= URL_CHARS ? url : `${url.slice(0, URL_CHARS - 40)}…${url.slice(-39)}`;
}

/** State in words; a mark never stands alone. */
function sayLook(look: UrlLook): string {
  switch (look.kind) {
    case 'answered':
      return `${isWell(look) ? '✅' : '⛔'} ${look.status} in ${look.ms} ms, ${clock(look.at)}`;
    case 'silent':
      return `⛔ no answer, ${clock(look.at)}: ${plainLine(look.because, 100)}`;
    case 'not-opened':
      return 'not opened';
  }
}

/** A cell of plain text knows no reader's time zone. */
const clock = (at: number): string => utc(at).slice(11);
