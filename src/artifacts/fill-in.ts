import type { ArtifactAsk } from '../core/service.ts';

export interface Release {
  readonly tag: string;
  /** What the tags of this service begin with. */
  readonly prefix: string;
}

/** `{{ tag }}` and `{{ version }}` → what they stand for; services.yml lets no other name pass. */
export function fillIn(ask: ArtifactAsk, release: Release): ArtifactAsk {
  const names = { tag: release.tag, version: versionOf(release) };
  const fill = (text: string): string => text.replace(/\{\{\s*(tag|version)\s*\}\}/g, (_, name: 'tag' | 'version') => names[name]);
  switch (ask.kind) {
    case 'asset':
      return { ...ask, name: fill(ask.name) };
    case 'package':
      return { ...ask, version: fill(ask.version) };
    case 'image':
      return { ...ask, image: fill(ask.image) };
  }
}

/** `shop-v1.2.3` with the prefix `shop-` → `1.2.3`. A v that belongs to a word stays. */
function versionOf({ tag, prefix }: Release): string {
  const bare = tag.startsWith(prefix) ? tag.slice(prefix.length) : tag;
  return bare.replace(/^v(?=\d)/, '');
}
