import type { RenderContext } from './context.ts';
import { type Html, html, link, type Piece } from './html.ts';

/** A link that stays in the playground when it points at a message or channel of this workspace, and leaves in a new tab otherwise. */
export function linkFrom(context: RenderContext, address: string, label: Piece): Html {
  const inside = context.insidePath(address);
  return inside === undefined ? link(address, label) : html`<a href="${inside}">${label}</a>`;
}

/** `#incidents`, to click when the visitor can see it. */
export function channelMention(context: RenderContext, id: string, name: string): Html {
  const path = context.channelPath(id);
  return path === undefined ? html`<span class="mention">#${name}</span>` : html`<a class="mention" href="${path}">#${name}</a>`;
}
