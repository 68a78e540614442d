import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { valuesOf } from '../../src/sandbox/playground/fields.ts';
import { startPlayground } from '../../src/sandbox/playground/server.ts';
import { asCommand, asSlackText } from '../../src/sandbox/playground/typed.ts';
import { ADA, cast, KEN, type Scene, startScene } from './playground-app.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

// `fetch` refuses to send a Host header of one's own choice.
function ask(
  path: string,
  { method = 'GET', headers = {}, body = '' }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${scene.playground.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const FROM_PAGE = { 'x-playground': '1' };
const codeOf = (answer: Answer): unknown => JSON.parse(answer.body).error.code;

test('the first page is the first channel as the first person', async () => {
  const first = await ask('/');
  expect(first.status).toBe(303);
  expect(first.headers.location).toBe(`/channel/${scene.slack.channelId('incidents')}?as=${ADA}`);
  const page = await ask('/channel/incidents?as=nobody');
  expect(page.status).toBe(200);
  expect(page.body).toContain('Acting as Ada Okafor');
});

test('no page may load, run or frame anything from elsewhere', async () => {
  const page = await ask('/channel/incidents');
  expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*script-src 'self'.*frame-ancestors 'none'/);
  expect(page.body).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  expect(page.body).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son[a-z]+=/);
});

test('a page under a foreign name is refused, so that no other site can reach the playground by its own name', async () => {
  const answer = await ask('/', { headers: { host: 'evil.example' } });
  expect(answer.status).toBe(400);
  expect(codeOf(answer)).toBe('E_HEADER');
});

test('an act that does not come from the page is refused, and nothing is said', async () => {
  const act = JSON.stringify({ kind: 'say', as: ADA, channel: scene.slack.channelId('general'), text: 'smuggled' });
  const answer = await ask('/act', { method: 'POST', body: act, headers: { 'content-type': 'text/plain' } });
  expect(codeOf(answer)).toBe('E_AUTH');
  expect(JSON.stringify([...scene.slack.world.channels.values()].map((channel) => channel.messages))).not.toContain('smuggled');
});

test('an act that nobody knows, as nobody, or of no JSON is refused with a reason', async () => {
  const refused = async (body: string) => codeOf(await ask('/act', { method: 'POST', body, headers: FROM_PAGE }));
  expect(await refused('{')).toBe('E_JSON_SYNTAX');
  expect(await refused('{"kind":"explode","as":"U0ADA"}')).toBe('E_SCHEMA');
  expect(await refused(JSON.stringify({ kind: 'join', as: 'U0STRANGER', channel: 'general' }))).toBe('E_NOT_ALLOWED');
  expect(await refused(JSON.stringify({ kind: 'try', as: ADA, index: 7 }))).toBe('E_NOT_FOUND');
  expect(await refused(JSON.stringify({ kind: 'submit', as: ADA, view: 'V0GONE', fields: [] }))).toBe('E_NOT_FOUND');
  expect(await refused(JSON.stringify({ kind: 'say', as: ADA, channel: 'general', text: 'x'.repeat(1_100_000) }))).toBe('E_TOO_LARGE');
});

test('a file that is not a picture is handed over as a download, whatever it calls itself', async () => {
  const up = await ask(`/upload?as=${KEN}&name=${encodeURIComponent('../evil.html')}`, {
    method: 'POST',
    body: '<script>alert(1)</script>',
    headers: FROM_PAGE,
  });
  const { id, name } = JSON.parse(up.body);
  expect(name).toBe('.._evil.html');
  const file = await ask(`/files/${id}`);
  expect(file.headers['content-type']).toBe('application/octet-stream');
  expect(file.headers['content-disposition']).toMatch(/^attachment;/);
  expect(file.headers['content-security-policy']).toContain('sandbox');
  expect((await ask('/files/F0NONE')).status).toBe(404);
  expect((await ask('/files/%ff')).status).toBe(404);
});

test('a port that is taken is said, not thrown about', async () => {
  const port = Number(new URL(scene.playground.url).port);
  await expect(startPlayground({ slack: scene.slack, extras: { cast }, port })).rejects.toMatchObject({
    code: 'E_CONFIG',
    message: expect.stringContaining(String(port)),
  });
});

test('what is typed reaches the app as Slack would send it', () => {
  const { world } = scene.slack;
  const incidents = scene.slack.channelId('incidents');
  expect(asSlackText('@ada see #incidents & <b> at https://a.example/?a=1&b=2, cc @on-call @here @nobody', world)).toBe(
    `<@U0ADA> see <#${incidents}|incidents> &amp; &lt;b&gt; at <https://a.example/?a=1&amp;b=2>, cc <!subteam^S0ONCALL> <!here> @nobody`,
  );
  expect(asSlackText('mail ada@acme.example', world)).toBe('mail ada@acme.example');
  expect(asCommand('/incident new sev2\nmore')).toEqual({ command: '/incident', text: 'new sev2\nmore' });
  expect(asCommand('/')).toBeUndefined();
  expect(asCommand('a /incident')).toBeUndefined();
});

test('a filled form is read into the shapes Slack gives each kind of field', () => {
  const element = (type: string, action_id: string) => ({ type: 'input', block_id: 'b', element: { type, action_id } });
  const types = ['plain_text_input', 'static_select', 'checkboxes', 'users_select', 'multi_users_select', 'datepicker', 'datetimepicker', 'file_input'];
  const blocks = types.map((type) => element(type, type));
  const fields = [
    { block: 'b', action: 'plain_text_input', chosen: ['why'] },
    { block: 'b', action: 'static_select', chosen: ['v1'] },
    { block: 'b', action: 'checkboxes', chosen: ['a', 'b'] },
    { block: 'b', action: 'users_select', chosen: [] },
    { block: 'b', action: 'multi_users_select', chosen: ['U1'] },
    { block: 'b', action: 'datepicker', chosen: ['2026-11-20'] },
    { block: 'b', action: 'datetimepicker', chosen: ['2026-11-20T12:00'] },
    { block: 'b', action: 'file_input', chosen: ['F1'] },
    { block: 'b', action: 'made up', chosen: ['x'] },
  ];
  expect(valuesOf(blocks, fields)).toEqual({
    b: {
      plain_text_input: { type: 'plain_text_input', value: 'why' },
      static_select: { type: 'static_select', selected_option: 'v1' },
      checkboxes: { type: 'checkboxes', selected_options: ['a', 'b'] },
      users_select: { type: 'users_select', selected_user: null },
      multi_users_select: { type: 'multi_users_select', selected_users: ['U1'] },
      datepicker: { type: 'datepicker', selected_date: '2026-11-20' },
      datetimepicker: { type: 'datetimepicker', selected_date_time: Date.UTC(2026, 10, 20, 12) / 1000 },
      file_input: { type: 'file_input', files: ['F1'] },
    },
  });
});
