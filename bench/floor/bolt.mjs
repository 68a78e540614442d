/** A bare Bolt app with empty acks: what a Slack bot costs before it does anything. Plain JavaScript, so that it starts without a detour. */
import { App, HTTPReceiver } from '@slack/bolt';

const [secret, port] = process.argv.slice(2);
const app = new App({
  receiver: new HTTPReceiver({ signingSecret: secret }),
  authorize: async () => ({ botToken: 'xoxb-1-bench', botId: 'B0BENCH', botUserId: 'U0BENCH' }),
});
app.command(/.*/, ({ ack }) => ack());
app.action(/.*/, ({ ack }) => ack());
app.view(/.*/, ({ ack }) => ack());
await app.start({ port: Number(port), host: '127.0.0.1' });
console.log('listening');
