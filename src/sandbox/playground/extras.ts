/** What the playground shows besides the workspace itself; all of it is handed in by whoever sets the stage. */
export interface PlaygroundExtras {
  /** Who the visitor can be; the first one is who they are at first. */
  readonly cast: readonly CastMember[];
  /** The app's slash commands, for hints while typing. */
  readonly commands?: readonly CommandHint[];
  readonly shortcuts?: readonly ShortcutEntry[];
  readonly messageShortcuts?: readonly ShortcutEntry[];
  /** Buttons of the sidebar's “Try” part. */
  readonly tries?: readonly Try[];
  /** Asked once a second while somebody looks. */
  status?(): PlaygroundStatus;
  /** `Tagback playground` unless said otherwise. */
  readonly name?: string;
}

export interface CastMember {
  readonly id: string;
  /** `on call`, `approver`, `guest` */
  readonly role: string;
}

export interface CommandHint {
  /** With the slash. */
  readonly command: string;
  readonly description: string;
  /** `[new|status|severity] …` */
  readonly usage?: string;
  /** First words it knows, each with a line about it; offered once the command is typed. */
  readonly words?: readonly { readonly word: string; readonly description: string }[];
}

export interface ShortcutEntry {
  readonly callbackId: string;
  readonly label: string;
}

export interface Try {
  readonly label: string;
  /** One emoji. */
  readonly icon: string;
  /** What it answers is told to the visitor. */
  act(): Promise<string | undefined> | string | undefined;
}

export interface StatusRow {
  readonly label: string;
  readonly value: string;
  readonly tone?: 'good' | 'warn' | 'bad';
  readonly href?: string;
}

export interface PlaygroundStatus {
  readonly title: string;
  readonly rows: readonly StatusRow[];
  /** Newest last, for the small curve; what it shows is said in `label`. */
  readonly curve?: { readonly label: string; readonly values: readonly number[] };
}
