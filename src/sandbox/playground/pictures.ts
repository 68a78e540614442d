import type { RenderContext } from './context.ts';
import { type Html, html, link, safeUrl } from './html.ts';
import { type Loose, record, words } from './loose.ts';
import { textObject } from './mrkdwn.ts';

function sourceOf(element: Loose, context: RenderContext): string | undefined {
  const file = record(element.slack_file);
  if (typeof file.id === 'string') return context.fileUrl(file.id);
  return context.pictureUrl(words(file.url) || words(element.image_url));
}

/** `full`: up to 640 px wide, opens large on click. `thumb`: beside a section. `icon`: in a context line. */
export function picture(element: Loose, context: RenderContext, size: 'full' | 'thumb' | 'icon'): Html {
  const alt = words(element.alt_text);
  const source = sourceOf(element, context);
  if (source === undefined) return missing(alt, words(element.image_url), size);
  const tag = html`<img src="${source}" alt="${alt}" loading="lazy">`;
  if (size === 'icon') return html`<span class="icon-picture">${tag}</span>`;
  const frame = html`<button type="button" class="picture ${size}" data-lightbox aria-label="Open image: ${alt || 'no description'}">${tag}</button>`;
  if (size === 'thumb') return frame;
  const title = element.title === undefined ? '' : html`<figcaption>${textObject(element.title, context)}</figcaption>`;
  return html`<figure>${title}${frame}</figure>`;
}

function missing(alt: string, address: string, size: 'full' | 'thumb' | 'icon'): Html {
  if (size === 'icon') return html`<span class="icon-picture" role="img" aria-label="${alt}" title="${alt}">▫</span>`;
  const where = safeUrl(address);
  const note = where === undefined ? 'This file is not here.' : html`Pictures from other sites are not loaded here: ${link(where, new URL(where).host)}`;
  return html`<div class="missing-picture"><strong>${alt || 'Image'}</strong><span class="about">${note}</span></div>`;
}
