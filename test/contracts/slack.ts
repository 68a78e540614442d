/**
 * Slack's own description of blocks and views, made from @slack/types (scripts/generate-slack-schema.ts), plus the rules its types cannot
 * say. No stand-in for Slack refuses as much as Slack does; this does.
 */
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

type Loose = Readonly<Record<string, unknown>>;

const schema: { definitions: Loose } = JSON.parse(readFileSync(new URL('./slack-blocks.schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false, discriminator: false, validateFormats: false });
ajv.addSchema(schema, 'slack');
const compiled = new Map<string, ValidateFunction>();

function validator(name: string): ValidateFunction {
  const known = compiled.get(name) ?? ajv.compile({ $ref: `slack#/definitions/${name}` });
  compiled.set(name, known);
  return known;
}

/** The definition of each block type, so that an error is about the block meant and not about all twenty. */
const BLOCKS: ReadonlyMap<string, string> = new Map(
  Object.entries(schema.definitions).flatMap(([name, definition]) => {
    const { anyOf } = record(definition);
    const one = Array.isArray(anyOf) ? anyOf[0] : definition;
    const type = record(record(record(one).properties).type).const;
    return name.endsWith('Block') && typeof type === 'string' ? [[type, name] as const] : [];
  }),
);

const MESSAGE_BLOCKS_MAX = 50;
const VIEW_BLOCKS_MAX = 100;
/** Undocumented; above it Slack answers msg_blocks_too_long (bolt-js #2509). */
const TEXT_TOTAL_MAX = 12_000;

/** What Slack would refuse in a message's blocks; empty: nothing. */
export function checkMessage(blocks: readonly unknown[]): string[] {
  const sum = texts(blocks).reduce((total, text) => total + text.length, 0);
  return [
    ...(blocks.length > MESSAGE_BLOCKS_MAX ? [`${blocks.length} blocks, at most ${MESSAGE_BLOCKS_MAX}`] : []),
    ...(sum > TEXT_TOTAL_MAX ? [`${sum} characters of text, at most ${TEXT_TOTAL_MAX}`] : []),
    ...checkBlocks(blocks),
    ...blocks.filter((block) => record(block).type === 'input').map(() => 'input blocks belong into views'),
  ];
}

/** The same for a modal or an App Home. */
export function checkView(view: unknown): string[] {
  const { type, blocks, submit } = record(view);
  const list = Array.isArray(blocks) ? blocks : [];
  const hollow = { ...record(view), blocks: [] };
  return [
    ...errorsOf(validator(type === 'home' ? 'HomeView' : 'ModalView'), hollow, 'view'),
    ...(list.length > VIEW_BLOCKS_MAX ? [`${list.length} blocks, at most ${VIEW_BLOCKS_MAX}`] : []),
    ...(type === 'modal' && submit === undefined && list.some((block) => record(block).type === 'input') ? ['a view with an input block needs submit'] : []),
    ...(JSON.stringify(view).length > 250_000 ? ['view larger than 250 KB'] : []),
    ...checkBlocks(list),
  ];
}

function checkBlocks(blocks: readonly unknown[]): string[] {
  const ids = blocks.map((block) => record(block).block_id).filter((id) => id !== undefined);
  return [
    ...(new Set(ids).size < ids.length ? ['block_id twice'] : []),
    ...blocks.flatMap((block, at) => {
      const { type } = record(block);
      const name = BLOCKS.get(String(type));
      return name === undefined
        ? [`/${at}: unknown block type ${String(type)}`]
        : [...errorsOf(validator(name), block, `/${at}`), ...handRules(record(block), at)];
    }),
  ];
}

function handRules(block: Loose, at: number): string[] {
  const elements = Array.isArray(block.elements) ? block.elements.map(record) : [];
  const actionIds = elements.map(({ action_id }) => action_id).filter((id) => id !== undefined);
  return [
    ...(block.type === 'section' && block.text === undefined && block.fields === undefined ? [`/${at}: section without text and fields`] : []),
    ...(block.type === 'actions' && elements.length === 0 ? [`/${at}: no elements`] : []),
    ...(new Set(actionIds).size < actionIds.length ? [`/${at}: action_id twice`] : []),
    ...(texts(block).some((text) => text === '') ? [`/${at}: empty text`] : []),
  ];
}

function errorsOf(validate: ValidateFunction, value: unknown, where: string): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).slice(0, 10).map(({ instancePath, message, params }) => `${where}${instancePath}: ${message} ${JSON.stringify(params)}`);
}

/** Every `text` and `title` string anywhere inside. */
export function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' ? (['text', 'title', 'alt_text'].includes(key) ? [inner] : []) : texts(inner),
  );
}

function record(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}; // a non-null object that is no array
}
