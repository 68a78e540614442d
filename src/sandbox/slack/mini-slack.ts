/** What the mini Slack offers to whoever starts it: the options, and what a person, a test or a playground can do. */
import type { Clock } from '../../lib/clock.ts';
import type { Gate } from '../gate.ts';
import type { Change, Fields, Group, Message, Person, Values, World } from './world.ts';

/** How the app answered one delivery. */
export type Acked =
  | { readonly kind: 'acked' /** JSON, a text, or undefined for an empty answer. */; readonly body: unknown }
  /** No answer within 3 s of the clock: the person sees `operation_timeout`. */
  | { readonly kind: 'timeout' }
  /** Nobody connected, a refused connection or an HTTP status that is not 2xx. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Slack does not send this: not subscribed, or the bot is not in the channel. */
  | { readonly kind: 'unsent'; readonly why: string };

export interface SubmitResult {
  readonly ack: Acked;
  /** Errors under the inputs, by block_id. Absent when the form went through. */
  readonly errors?: Record<string, string>;
}

/** An element of a message or view: its action_id alone when that is unique there, or with its block. */
export type Target = string | { readonly blockId: string; readonly actionId: string };

/** What is chosen or typed. A string is a button's value, a text or an option's value, whatever the element takes. */
export type Choice = string | readonly string[] | undefined;

export interface Acts {
  /** Posts a message. `ack` is the app's answer to the event. */
  say(channel: string, text: string, extra?: { thread?: string; files?: readonly string[] }): Promise<{ ts: string; ack: Acked }>;
  /** `slash('C1', '/incident', 'new sev2')` */
  slash(channel: string, command: string, text?: string): Promise<Acked>;
  /** A button, select or overflow in a message (an ephemeral one too). */
  click(channel: string, ts: string, target: Target, choice?: Choice): Promise<Acked>;
  /** The same in a modal or the App Home: `viewId` of the view. */
  clickInView(viewId: string, target: Target, choice?: Choice): Promise<Acked>;
  /** The options the app offers for what was typed into an external select of a view. */
  suggest(viewId: string, target: Target, typed: string): Promise<Fields[]>;
  shortcut(callbackId: string): Promise<Acked>;
  messageShortcut(callbackId: string, channel: string, ts: string): Promise<Acked>;
  /**
   * Fills the form and presses its submit button. A state may be short: `{ value: 'x' }`, `{ selected_option: 'sev1' }` with only the
   * option's value, `{ files: ['F…'] }`. Fields left out keep their initial values; empty required fields are refused without a delivery.
   */
  submit(viewId: string, values?: Values): Promise<SubmitResult>;
  /** Closes it (`view_closed` goes out only with `notify_on_close`). */
  closeView(viewId: string): Promise<Acked>;
  react(channel: string, ts: string, emoji: string): Promise<Acked>;
  /** Uploads a file, private until said or submitted; answers its id. */
  upload(name: string, bytes: Uint8Array): Promise<string>;
  openHome(): Promise<Acked>;
  join(channel: string): Promise<Acked>;
}

export type Fault = '500' | '502-after' | 'reset-before' | 'reset-after' | 'hang' | 'html' | `429:${number}` | '429';

export interface Faults {
  /** The next call of `method` (`*`: any) meets this fault. Called twice, the next two do. */
  next(method: string, fault: Fault): void;
  /** All of Slack is unreachable: connections are reset, sockets dropped. */
  down(isDown: boolean): void;
  token(state: 'valid' | 'revoked'): void;
  /** How often each fault has fired. */
  readonly fired: Readonly<Record<string, number>>;
}

/** One call of the Web API, as it came in. `auth` is the Authorization header or the token argument, unchanged. */
export interface ApiCall {
  readonly method: string;
  readonly args: Fields;
  readonly auth: string;
  readonly at: number;
  status: number;
  ok: boolean;
  error?: string;
}

/** `real`: Slack's tiers. Own figures: calls a minute by method, messages in one go before 1/s per channel. */
export type Limits = 'real' | 'off' | { readonly perMinute?: Readonly<Record<string, number>>; readonly channelBurst?: number };

export interface SlackOptions {
  readonly clock: Clock;
  readonly people: readonly Person[];
  readonly groups?: readonly Group[];
  /** Public channels that exist from the start, everybody in them but the bot; default `general`. */
  readonly channels?: readonly string[];
  /** Of those, the ones the bot is in; default all. */
  readonly botIn?: readonly string[];
  readonly botToken: string;
  readonly appToken?: string;
  readonly signingSecret?: string;
  /** Slash commands the app has, with the slash. A command that is not listed is nobody's. */
  readonly commands: readonly string[];
  readonly shortcuts?: readonly string[];
  readonly messageShortcuts?: readonly string[];
  /** The manifest's `should_escape`: `@ada` in a command becomes `<@U…|ada>`. */
  readonly escapeCommands?: boolean;
  /** Events the app subscribes to, as in the manifest; default: all the mini Slack can send. */
  readonly events?: readonly string[];
  /** Bot scopes; default DEFAULT_SCOPES of methods.ts. */
  readonly scopes?: readonly string[];
  readonly limits?: Limits;
  /** For chaos tests: stands between each call and its effect, and between the effect and its answer. */
  readonly gate?: Gate;
  /** Default: a free one. */
  readonly port?: number;
  /**
   * Where Slack delivers. In HTTP mode the address may be set or moved later with `sendTo`. `signedAt` is the clock of the signatures
   * when it is not `clock`: Bolt compares with the machine's time, whatever the test's clock says.
   */
  readonly mode: 'socket' | { readonly http: string; readonly signedAt?: Clock };
}

export interface MiniSlack {
  /** For SLACK_API_URL: `http://127.0.0.1:PORT/api/`. */
  readonly url: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** The state, to read. */
  readonly world: World;
  /** Calls `listener` after each change; answers how to stop. */
  on(listener: (change: Change) => void): () => void;
  readonly requests: readonly ApiCall[];
  readonly faults: Faults;
  as(userId: string): Acts;
  /** A channel by id or name; throws Failure E_NOT_FOUND. */
  channelId(nameOrId: string): string;
  /** A message another app posts (an alert of a monitoring tool): no user, bot_id and app_id of that app. */
  postAs(app: { readonly name: string; readonly appId: string }, channel: string, message: Partial<Message>): Promise<{ ts: string; ack: Acked }>;
  /** Edits a message, as the app that posted it does; its answer is the event's. */
  edit(channel: string, ts: string, fields: Partial<Message>): Promise<Acked>;
  /** Asks every connected socket to reconnect and closes it, as Slack does every few hours; answers how many. */
  dropSockets(): number;
  readonly sockets: number;
  sendTo(url: string): void;
  /** Resolves when no delivery to the app is under way (retries that wait for the clock do not count). */
  settled(): Promise<void>;
  close(): Promise<void>;
}
