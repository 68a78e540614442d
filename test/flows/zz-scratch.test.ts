import { it } from 'vitest';
import { textOf } from '../../src/sandbox/demo/reader.ts';
import { plays } from './story.ts';
import { openWorld } from './world.ts';
it('x', async () => {
  const world = await openWorld({ rule: {} });
  await plays(world);
  for (const ch of world.channels()) if (ch.messages.length) { console.log('#', ch.name, ch.topic.value); for (const m of ch.messages) console.log('   ', m.ts, m.user ?? m.bot_id, textOf(m).replaceAll('\n', ' / ').slice(0, 500)); }
  console.log('EPH', world.stage.slack.world.ephemerals.map((e) => e.user + ': ' + textOf(e.message)).join('\n'));
  console.log((await world.timeline()).map((e) => `${(e.at-world.clock.now())/1000} ${e.kind}: ${e.because}`).join('\n'));
  console.log('warn', world.logged().split('\n').filter((l) => /"level":"(warn|error)"/.test(l)).join('\n'));
  console.log(world.stage.slack.requests.filter((r) => !r.ok).map((r) => r.method + r.error + JSON.stringify(r.args).slice(0, 150)));
});
