import { idPart, type Place, type RenderContext } from './context.ts';
import { attributes, type Html, html } from './html.ts';
import { type Loose, record, words, wordsOr } from './loose.ts';
import { textObject } from './mrkdwn.ts';

/** Where one control stands. */
export interface Spot {
  readonly context: RenderContext;
  readonly place: Place;
  readonly blockId: string;
  /** Acts at once when used; a field of a form waits for the submit button. */
  readonly acts: boolean;
  /** The id of the visible label; without one the control names itself by its placeholder. */
  readonly labelledBy?: string;
  readonly describedBy?: string;
  readonly required?: boolean;
  readonly invalid?: boolean;
}

export function controlId(element: Loose, spot: Spot): string {
  return `${spot.place.id}-${idPart(spot.blockId)}-${idPart(words(element.action_id))}`;
}

/** What the browser needs to know about a control: which one it is, and whether it acts, is collected, and asks first. */
export function identity(element: Loose, spot: Spot): Record<string, string | boolean | undefined> {
  return {
    'data-block': spot.blockId,
    'data-action': words(element.action_id),
    'data-act': spot.acts,
    'data-field': spot.place.kind === 'modal' && !/button|overflow/.test(words(element.type)),
    'data-confirm': element.confirm === undefined ? undefined : `${controlId(element, spot)}-confirm`,
  };
}

/** How a control is named and described to those who do not see it. */
export function naming(element: Loose, spot: Spot): Record<string, string | boolean | undefined> {
  const placeholder = wordsOr(record(element.placeholder).text);
  return {
    'aria-labelledby': spot.labelledBy,
    'aria-label': spot.labelledBy === undefined ? (placeholder ?? (words(element.action_id) || 'Choose')) : undefined,
    'aria-describedby': spot.describedBy,
    'aria-invalid': spot.invalid ? 'true' : undefined,
    'aria-required': spot.required ? 'true' : undefined,
  };
}

/** The dialog that asks `are you sure`, kept in a template until it is needed. */
export function confirmTemplate(element: Loose, spot: Spot): Html {
  if (element.confirm === undefined) return html``;
  const confirm = record(element.confirm);
  const id = `${controlId(element, spot)}-confirm`;
  const style = confirm.style === 'danger' ? 'danger' : 'primary';
  return html`<template id="${id}"><h2 class="modal-title" id="confirm-title">${textObject(confirm.title ?? 'Are you sure?', spot.context)}</h2
    ><div class="modal-body">${textObject(confirm.text, spot.context)}</div
    ><div class="modal-foot"><button type="button" class="btn" value="deny">${textObject(confirm.deny ?? 'Cancel', spot.context)}</button
    ><button type="button" class="btn ${style}" value="confirm">${textObject(confirm.confirm ?? 'Yes', spot.context)}</button></div></template>`;
}

export function spread(...sets: readonly Record<string, string | number | boolean | undefined>[]): Html {
  return attributes(Object.assign({}, ...sets));
}
