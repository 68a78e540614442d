import type { SlackFile } from '../slack/world.ts';
import { renderBlocks, type Scene } from './blocks.ts';
import { type Html, html, link, safeUrl } from './html.ts';
import { type Loose, records, words } from './loose.ts';
import { mrkdwn, textObject } from './mrkdwn.ts';
import { picture } from './pictures.ts';

const NAMED_COLOURS: Readonly<Record<string, string>> = { good: '2eb67d', warning: 'ecb22e', danger: 'e01e5a' };

function bar(value: unknown): Html {
  const colour = words(value).replace(/^#/, '');
  const hex = Object.hasOwn(NAMED_COLOURS, colour) ? NAMED_COLOURS[colour] : colour;
  const fill = /^[0-9a-f]{6}$/i.test(hex ?? '') ? `#${hex}` : '#bbbbbb';
  // A drawing, for the page allows no inline styles.
  return html`<svg class="bar" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true"><rect width="1" height="1" fill="${fill}"/></svg>`;
}

function fieldsOf(attachment: Loose, scene: Scene): Html {
  const fields = records(attachment.fields).map(
    (field) =>
      html`<div${field.short === false ? html` class="wide"` : ''}><strong>${words(field.title)}</strong
        ><br>${mrkdwn(words(field.value), scene.context)}</div>`,
  );
  return fields.length === 0 ? html`` : html`<div class="fields">${fields}</div>`;
}

/** The older form of a message part, which most monitoring tools still post. */
export function attachment(value: Loose, scene: Scene): Html {
  const { context } = scene;
  const title = words(value.title);
  const address = safeUrl(words(value.title_link));
  const author = words(value.author_name);
  const said = words(value.text) || (value.blocks === undefined && title === '' ? words(value.fallback) : '');
  const headline = address === undefined ? html`${title}` : link(address, title);
  const lines = [
    words(value.pretext) === '' ? '' : html`<div>${mrkdwn(words(value.pretext), context)}</div>`,
    author === '' ? '' : html`<p class="about">${author}</p>`,
    title === '' ? '' : html`<p class="strong">${headline}</p>`,
    said === '' ? '' : html`<div class="text">${mrkdwn(said, context)}</div>`,
    fieldsOf(value, scene),
    value.blocks === undefined ? '' : renderBlocks(value.blocks, scene),
    value.image_url === undefined ? '' : picture({ image_url: value.image_url, alt_text: title || said }, context, 'full'),
    words(value.footer) === '' ? '' : html`<p class="about">${textObject(words(value.footer), context)}</p>`,
  ];
  return html`<div class="attachment">${bar(value.color)}<div class="attachment-text">${lines}</div></div>`;
}

function sizeOf(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A file of a message: pictures are shown, everything else is a card to download. */
export function fileCard(file: SlackFile, scene: Scene): Html {
  const address = scene.context.fileUrl(file.id);
  if (address !== undefined && /^image\/(png|jpeg|gif|webp)$/.test(file.mimetype)) {
    const alt = file.alt_txt || file.title || file.name;
    return html`<div class="attached">${picture({ slack_file: { id: file.id }, alt_text: alt, title: file.title || file.name }, scene.context, 'full')}</div>`;
  }
  const name = address === undefined ? html`${file.name}` : html`<a href="${address}" download="${file.name}">${file.title || file.name}</a>`;
  return html`<div class="file"><span class="file-icon" aria-hidden="true">📄</span><div><strong>${name}</strong
    ><p class="about">${`${file.filetype} · ${sizeOf(file.size)}`}</p></div></div>`;
}
