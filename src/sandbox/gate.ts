/** Where a chaos test stands between the bot and a vendor: it sees every call, and may end the line on either side of the call's effect. */
export interface Crossing {
  readonly vendor: 'slack' | 'github';
  /** `chat.postMessage`, `POST /repos/…`; `upload` for a file's bytes; `deliver interactive` for what Slack sends to the bot. */
  readonly call: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** `before`: nothing has happened yet. `after`: it has happened, and the answer is not on its way yet. */
  readonly moment: 'before' | 'after';
}

/** `cut`: the line ends here, without an answer. */
export type Gate = (crossing: Crossing) => Promise<'go' | 'cut'>;

export const openGate: Gate = () => Promise.resolve('go');
