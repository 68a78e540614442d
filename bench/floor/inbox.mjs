/** The least that promises to keep a delivery: written behind the last one, 202 when it is on disk. All that come during one write share the next. */
import { open } from 'node:fs/promises';
import { createServer } from 'node:http';

const [path, port] = process.argv.slice(2);
const file = await open(path, 'a');
let waiting = [];
let isWriting = false;

async function write() {
  if (isWriting) return;
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting;
    waiting = [];
    await file.appendFile(Buffer.concat(batch.flatMap(({ chunks }) => chunks)));
    await file.datasync();
    for (const { response } of batch) response.writeHead(202).end();
  }
  isWriting = false;
}

createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    waiting.push({ chunks, response });
    void write();
  });
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
