import { idPart, type Place, type RenderContext } from './context.ts';
import { control, isLabelable } from './controls.ts';
import { type Html, html, link } from './html.ts';
import { type Loose, list, record, records, words, wordsOr } from './loose.ts';
import { markdown } from './markdown.ts';
import { textObject } from './mrkdwn.ts';
import { picture } from './pictures.ts';
import { richText } from './rich-text.ts';
import { controlId, type Spot } from './spot.ts';
import { plan, table, taskCard } from './tables.ts';

/** What is being drawn, and for whom. */
export interface Scene {
  readonly context: RenderContext;
  readonly place: Place;
  /** Errors under inputs, by block_id. */
  readonly errors?: Readonly<Record<string, string>>;
}

function spotOf(block: Loose, scene: Scene): Spot {
  return { context: scene.context, place: scene.place, blockId: words(block.block_id), acts: true };
}

function header(block: Loose, { context, place }: Scene): Html {
  const text = textObject(block.text, context);
  // The modal's own title is level 2 and a message stands under its channel, so headers are level 3 everywhere.
  return html`<h3 class="header${place.kind === 'home' ? ' large' : ''}">${text}</h3>`;
}

function section(block: Loose, scene: Scene): Html {
  const text = block.text === undefined ? '' : html`<div class="text">${textObject(block.text, scene.context)}</div>`;
  const cells = list(block.fields).map((field) => html`<div>${textObject(field, scene.context)}</div>`);
  const fields = cells.length === 0 ? '' : html`<div class="fields">${cells}</div>`;
  const beside = block.accessory === undefined ? '' : html`<div class="accessory">${control(record(block.accessory), spotOf(block, scene))}</div>`;
  return html`<div class="section"><div class="section-text">${text}${fields}</div>${beside}</div>`;
}

function contextLine(block: Loose, { context }: Scene): Html {
  const parts = records(block.elements).map((element) =>
    element.type === 'image' ? picture(element, context, 'icon') : html`<span>${textObject(element, context)}</span>`,
  );
  return html`<div class="context">${parts}</div>`;
}

function actions(block: Loose, scene: Scene): Html {
  return html`<div class="actions">${records(block.elements).map((element) => control(element, spotOf(block, scene)))}</div>`;
}

function input(block: Loose, scene: Scene): Html {
  const element = record(block.element);
  const blockId = words(block.block_id);
  const own = Object.hasOwn(scene.errors ?? {}, blockId) ? scene.errors?.[blockId] : undefined;
  const bare: Spot = { ...spotOf(block, scene), acts: block.dispatch_action === true };
  const id = controlId(element, bare);
  const hint = block.hint === undefined ? undefined : `${id}-hint`;
  const said = own === undefined ? undefined : `${id}-error`;
  const spot: Spot = {
    ...bare,
    labelledBy: `${id}-label`,
    describedBy: [said, hint].filter((part) => part !== undefined).join(' ') || undefined,
    required: block.optional !== true,
    invalid: own !== undefined,
  };
  const label = html`${textObject(block.label, scene.context)}${block.optional === true ? html` <span class="optional">(optional)</span>` : ''}`;
  const tag = isLabelable(element) ? html`<label for="${id}" id="${id}-label">${label}</label>` : html`<div class="label" id="${id}-label">${label}</div>`;
  return html`<div class="field${own === undefined ? '' : ' wrong'}" id="${id}-field">${tag}${control(element, spot)}${
    own === undefined ? '' : html`<p class="error" id="${said}" role="alert">${own}</p>`
  }${hint === undefined ? '' : html`<p class="hint" id="${hint}">${textObject(block.hint, scene.context)}</p>`}</div>`;
}

const LEVELS: Readonly<Record<string, string>> = { info: 'ℹ️', warning: '⚠️', error: '⛔', success: '✅', default: '💬' };

function alert(block: Loose, { context }: Scene): Html {
  const level = Object.hasOwn(LEVELS, words(block.level)) ? words(block.level) : 'default';
  return html`<div class="alert ${level}" role="note"><span aria-hidden="true">${LEVELS[level]}</span><div>${textObject(block.text, context)}</div></div>`;
}

function container(block: Loose, scene: Scene): Html {
  const title = block.rich_text_title === undefined ? textObject(block.title, scene.context) : richText(record(block.rich_text_title), scene.context);
  const about = block.subtitle === undefined ? '' : html`<span class="about">${textObject(block.subtitle, scene.context)}</span>`;
  const inside = renderBlocks(list(block.child_blocks), scene);
  if (block.is_collapsible !== true)
    return html`<section class="container"><p class="container-title"><strong>${title}</strong>${about}</p>${inside}</section>`;
  const id = `${scene.place.id}-${idPart(words(block.block_id))}-container`;
  return html`<details class="container" id="${id}"${block.default_collapsed === true ? '' : html` open`}
    ><summary class="container-title"><strong>${title}</strong>${about}</summary>${inside}</details>`;
}

function card(block: Loose, scene: Scene): Html {
  const hero = block.hero_image === undefined ? '' : picture(record(block.hero_image), scene.context, 'full');
  const texts = [block.title, block.subtitle, block.body].filter((text) => text !== undefined);
  const lines = texts.map((text, n) => html`<div class="${n === 0 ? 'strong' : 'text'}">${textObject(text, scene.context)}</div>`);
  const buttons = records(block.actions).map((element) => control(element, spotOf(block, scene)));
  return html`<div class="container">${hero}${lines}${buttons.length === 0 ? '' : html`<div class="actions">${buttons}</div>`}</div>`;
}

function remoteFile(block: Loose, { context }: Scene): Html {
  const name = words(block.external_id) || 'file';
  const address = context.fileUrl(name);
  return html`<div class="file"><span class="file-icon" aria-hidden="true">📄</span
    ><strong>${address === undefined ? name : html`<a href="${address}" download>${name}</a>`}</strong></div>`;
}

function video(block: Loose, { context }: Scene): Html {
  return html`<div class="file"><span class="file-icon" aria-hidden="true">🎬</span
    ><strong>${link(words(block.title_url) || words(block.video_url), textObject(block.title, context))}</strong></div>`;
}

const DRAWN: Readonly<Record<string, (block: Loose, scene: Scene) => Html>> = {
  header,
  section,
  context: contextLine,
  context_actions: actions,
  actions,
  input,
  divider: () => html`<hr>`,
  image: (block, { context }) => picture(block, context, 'full'),
  rich_text: (block, { context }) => richText(block, context),
  markdown: (block) => markdown(words(block.text)),
  table: (block, { context }) => table(block, context),
  data_table: (block, { context }) => table(block, context),
  plan: (block, { context }) => plan(block, context),
  task_card: (block, { context }) => taskCard(block, context),
  alert,
  container,
  card,
  carousel: (block, scene) => html`<div class="carousel">${records(block.elements).map((element) => card(element, scene))}</div>`,
  file: remoteFile,
  video,
};

function drawn(block: Loose, scene: Scene): Html {
  const type = words(block.type);
  const draw = Object.hasOwn(DRAWN, type) ? DRAWN[type] : undefined;
  return draw === undefined
    ? html`<p class="unknown">${`The playground cannot draw the block “${wordsOr(type) ?? 'without a type'}”.`}</p>`
    : draw(block, scene);
}

/** Block Kit as markup: a message, a modal or the App Home. Blocks may come from anywhere; nothing in them can become a tag or an attribute. */
export function renderBlocks(blocks: unknown, scene: Scene): Html {
  const each = records(blocks).map((block, n) => drawn(block.block_id === undefined ? { ...block, block_id: `block-${n}` } : block, scene));
  return html`<div class="blocks">${each.map((block) => html`<div class="block">${block}</div>`)}</div>`;
}
