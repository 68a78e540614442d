import type { World } from '../slack/world.ts';

const TYPED = /https?:\/\/[^\s<>|]*[^\s<>|.,;:!?)'"\]]|(?<![\w@])@([\w.-]*\w)|(?<![\w#])#([\w-]+)|[&<>]/g;
const SIGNS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** What a person types, as Slack sends it on: names become `<@U…>` and `<#C…|name>`, addresses `<https://…>`, and & < > entities. */
export function asSlackText(typed: string, world: World): string {
  const person = new Map([...world.people.values()].map(({ name, id }) => [name.toLowerCase(), id]));
  const group = new Map([...world.groups.values()].map(({ handle, id }) => [handle.toLowerCase(), id]));
  const channel = new Map([...world.channels.values()].filter(({ kind }) => kind !== 'im').map(({ name, id }) => [name, id]));
  const mention = (whole: string, name: string) => {
    if (/^(here|channel|everyone)$/.test(name)) return `<!${name}>`;
    const userId = person.get(name.toLowerCase());
    const groupId = group.get(name.toLowerCase());
    return userId === undefined ? (groupId === undefined ? whole : `<!subteam^${groupId}>`) : `<@${userId}>`;
  };
  return typed.replace(TYPED, (whole, name: string | undefined, room: string | undefined) => {
    if (name !== undefined) return mention(whole, name);
    if (room !== undefined) return channel.has(room) ? `<#${channel.get(room)}|${room}>` : whole;
    return SIGNS[whole] ?? `<${whole.replaceAll('&', '&amp;')}>`;
  });
}

/** `/incident new sev2` → command and text; undefined when it is an ordinary message. */
export function asCommand(typed: string): { command: string; text: string } | undefined {
  const found = /^\/([a-z0-9_-]{1,31})(?:\s+([\s\S]*))?$/i.exec(typed.trim());
  return found === null ? undefined : { command: `/${found[1]}`, text: found[2] ?? '' };
}
