/** One person as the playground shows them. */
export interface Face {
  readonly id: string;
  /** The handle, as in a mention: `@ada`. */
  readonly name: string;
  /** `Ada Okafor` */
  readonly fullName: string;
  /** What they are here for: `on call`, `approver`, `guest`; empty for apps. */
  readonly role: string;
  readonly app: boolean;
}

/** What the renderer must know besides the blocks; everything in it is a plain value, so rendering stays pure. */
export interface RenderContext {
  /** The person who looks; mentions of them are highlighted. */
  readonly visitor: string;
  /** Milliseconds since 1970, for `4 min ago`. */
  readonly now: number;
  /** IANA name; dates are shown in it. */
  readonly timeZone: string;
  readonly people: readonly Face[];
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  /** Handles of user groups by id. */
  readonly groups: ReadonlyMap<string, string>;
  /** The same-origin address of a file, or undefined when there is no such file. */
  fileUrl(fileId: string): string | undefined;
  /** The same-origin address for a picture named by URL; undefined when it lives elsewhere, for the page loads nothing from outside. */
  pictureUrl(url: string): string | undefined;
  /** The page of a channel; undefined when the visitor cannot see it. */
  channelPath(channelId: string): string | undefined;
  /** The page that a permalink of this workspace means; undefined for every other address. */
  insidePath(url: string): string | undefined;
}

/** Where a block stands: what its ids begin with, and whether its controls act at once (message, home) or wait for submit (modal). */
export interface Place {
  /** Unique on the page, of letters, digits, `-` and `_` only. */
  readonly id: string;
  readonly kind: 'message' | 'modal' | 'home';
}

export function personName(context: RenderContext, id: string): string {
  return context.people.find((face) => face.id === id)?.name ?? id;
}

export function fullName(context: RenderContext, id: string): string {
  return context.people.find((face) => face.id === id)?.fullName ?? id;
}

export function channelName(context: RenderContext, id: string): string {
  return context.channels.find((channel) => channel.id === id)?.name ?? id;
}

/** Any text as part of an id: other signs become `_` and their code, so that two texts never meet. */
export function idPart(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, (sign) => `_${sign.codePointAt(0)?.toString(16) ?? ''}_`);
}
