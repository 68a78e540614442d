import { renderBlocks } from './blocks.ts';
import { idPart } from './context.ts';
import { logo } from './faces.ts';
import { type Html, html } from './html.ts';
import { contextFor, type Stage } from './lens.ts';
import { records } from './loose.ts';
import { textObject } from './mrkdwn.ts';
import { spread } from './spot.ts';

/** The person's stack of modals, bottom first; the browser shows the last one. */
export function modals(stage: Stage, person: string): Html {
  const { world } = stage.slack;
  const context = contextFor(stage, person);
  return html`${(world.stacks.get(person) ?? []).map((viewId, depth) => {
    const open = world.views.get(viewId);
    if (open === undefined) return '';
    const { view, errors } = open;
    const id = `v-${idPart(viewId)}`;
    const blocks = renderBlocks(view.blocks, { context, place: { id, kind: 'modal' }, errors });
    const asksFor = records(view.blocks).some((block) => block.type === 'input');
    const submit =
      view.submit === null && !asksFor ? '' : html`<button type="submit" class="btn primary">${textObject(view.submit ?? 'Submit', context)}</button>`;
    const title = html`<h2 class="modal-title" id="${id}-title"><span class="logo">${logo}</span><span>${textObject(view.title, context)}</span></h2>`;
    return html`<dialog${spread({ id, class: 'modal', 'data-view': viewId, 'aria-labelledby': `${id}-title` })}><form novalidate
      ><div class="modal-head">${title}<button type="button" class="close" data-close aria-label="Close">✕</button></div><div class="modal-body">${blocks}</div
      ><div class="modal-foot"><button type="button"
      class="btn" data-close>${textObject(view.close ?? (depth > 0 ? 'Back' : 'Cancel'), context)}</button>${submit}</div
        ><div class="toasts" role="status" aria-live="polite" data-mine></div></form></dialog>`;
  })}`;
}

/** The App Home as the app last published it for this person. */
export function home(stage: Stage, person: string): Html {
  const view = stage.slack.world.homes.get(person);
  if (view === undefined) return html`<div class="home"><p class="about">The app has not published its Home yet.</p></div>`;
  const place = { id: `v-${idPart(view.id)}`, kind: 'home' } as const;
  return html`<div class="home" data-view="${view.id}">${renderBlocks(view.blocks, { context: contextFor(stage, person), place })}</div>`;
}
