import { readFile } from 'node:fs/promises';

export interface Asset {
  readonly type: string;
  readonly body: string;
}

const SCRIPTS = ['main.js', 'morph.js', 'talk.js', 'dialogs.js', 'composer.js', 'controls.js'];
const STYLES = 'theme layout sidebar messages message-tools notices blocks pictures tables forms composer menus dialogs'
  .split(' ')
  .map((name) => `${name}.css`);

function text(name: string): Promise<string> {
  return readFile(new URL(`./browser/${name}`, import.meta.url), 'utf8');
}

/** Scripts and styles by path, read once; they are sent as they lie in `browser/`, the styles as one sheet. */
export async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const scripts = await Promise.all(
    SCRIPTS.map(async (name) => [`/browser/${name}`, { type: 'text/javascript; charset=utf-8', body: await text(name) }] as const),
  );
  const sheets = await Promise.all(STYLES.map(text));
  return new Map<string, Asset>([...scripts, ['/playground.css', { type: 'text/css; charset=utf-8', body: sheets.join('\n') }]]);
}
